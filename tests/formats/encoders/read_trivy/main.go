// Reads a report of Trivy's with Trivy's own types, refuses fields that these do not have, and prints what it finds.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aquasecurity/trivy/pkg/types"
)

type row struct {
	ID        string
	Package   string
	Fixed     string
	Status    string
	Severity  string
	Class     string
	V3        float64
	Statement string
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var report types.Report
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		fail(err)
	}
	rows := []row{}
	for _, result := range report.Results {
		for _, one := range result.Vulnerabilities {
			rows = append(rows, read(result, one, ""))
		}
		for _, one := range result.Misconfigurations {
			rows = append(rows, checked(result, one.ID, one.Severity, string(one.Status)+" "+one.Type, one.Message))
		}
		for _, one := range result.Secrets {
			rows = append(rows, checked(result, one.RuleID, one.Severity, "", one.Match))
		}
		for _, one := range result.Licenses {
			rows = append(rows, checked(result, string(one.Category), one.Severity, one.PkgName, one.Name))
		}
		for _, one := range result.ModifiedFindings {
			said := string(one.Status) + ": " + one.Statement
			switch found := one.Finding.(type) {
			case types.DetectedVulnerability:
				rows = append(rows, read(result, found, said))
			case types.DetectedMisconfiguration:
				rows = append(rows, checked(result, found.ID, found.Severity, "", said))
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(rows); err != nil {
		fail(err)
	}
}

func read(result types.Result, one types.DetectedVulnerability, statement string) row {
	score := 0.0
	for _, cvss := range one.CVSS {
		score = max(score, cvss.V3Score)
	}
	return row{one.VulnerabilityID, one.PkgName, one.FixedVersion, one.Status.String(), one.Severity,
		string(result.Class) + "/" + string(result.Type), score, statement}
}

// What checks found: where it is stands as the package, what tells it apart as the status.
func checked(result types.Result, id, severity, status, said string) row {
	return row{ID: id, Package: result.Target, Status: status, Severity: severity, Class: string(result.Class), Statement: said}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
