// Reads OpenVEX documents with OpenVEX's own library and prints what it finds, a line for each statement.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/openvex/go-vex/pkg/vex"
)

type row struct {
	Vulnerability string
	Aliases       []string
	Status        string
	Products      []string
	Parts         []string
}

func main() {
	document, err := vex.Load(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	rows := []row{}
	for i := range document.Statements {
		statement := &document.Statements[i]
		if err := statement.Validate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		one := row{Vulnerability: string(statement.Vulnerability.Name), Status: string(statement.Status)}
		for _, alias := range statement.Vulnerability.Aliases {
			one.Aliases = append(one.Aliases, string(alias))
		}
		for _, product := range statement.Products {
			one.Products = append(one.Products, product.ID)
			for _, part := range product.Subcomponents {
				one.Parts = append(one.Parts, part.ID)
			}
		}
		rows = append(rows, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(rows); err != nil {
		os.Exit(1)
	}
}
