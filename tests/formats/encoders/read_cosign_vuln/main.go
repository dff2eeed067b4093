// Makes the statement that `cosign attest --type vuln` makes of a predicate, with cosign's own code, and prints it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/sigstore/cosign/v3/pkg/cosign/attestation"
)

func main() {
	statement, err := read(os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(statement)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) (any, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return attestation.GenerateStatement(attestation.GenerateOpts{
		Predicate: file, Type: "vuln", Digest: "9b1c", Repo: "docker.io/library/shop",
	})
}
