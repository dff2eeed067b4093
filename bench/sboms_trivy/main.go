// What Trivy has of a bill of materials, once it has read it: packages of systems and of languages, as JSON.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/aquasecurity/trivy/pkg/sbom"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	format, err := sbom.DetectFormat(file)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		log.Fatal(err)
	}
	read, err := sbom.Decode(context.Background(), file, format)
	if err != nil {
		log.Fatal(err)
	}
	held := map[string]any{"packages": read.Packages, "applications": read.Applications}
	if err := json.NewEncoder(os.Stdout).Encode(held); err != nil {
		log.Fatal(err)
	}
}
