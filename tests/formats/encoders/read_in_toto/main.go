// Reads a statement of in-toto with in-toto's own types and prints the vulnerabilities that it has.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	vulns "github.com/in-toto/attestation/go/predicates/vulns/v02"
	statements "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

type row struct {
	ID       string
	Severity []string
	Package  string
}

func main() {
	rows, err := read(os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) ([]row, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var statement statements.Statement
	if err := protojson.Unmarshal(data, &statement); err != nil {
		return nil, err
	}
	if err := statement.Validate(); err != nil {
		return nil, err
	}
	predicate, err := protojson.Marshal(statement.Predicate)
	if err != nil {
		return nil, err
	}
	var found vulns.Vulns
	if err := protojson.Unmarshal(predicate, &found); err != nil {
		return nil, err
	}
	rows := []row{}
	for _, one := range found.GetScanner().GetResult() {
		next := row{ID: one.GetId(), Package: one.GetAnnotations()[0].GetFields()["package"].GetStringValue()}
		for _, severity := range one.GetSeverity() {
			next.Severity = append(next.Severity, severity.GetMethod()+"="+severity.GetScore())
		}
		rows = append(rows, next)
	}
	return rows, nil
}
