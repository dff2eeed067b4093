// Reads a report of Grype's with Grype's own types, refuses fields that these do not have, and prints what it finds.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/anchore/grype/grype/presenter/models"
)

type row struct {
	ID        string
	Package   string
	Type      string
	Fixed     []string
	State     string
	Severity  string
	Matcher   string
	Score     float64
	Statement string
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var document models.Document
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		fail(err)
	}
	rows := []row{}
	for _, match := range document.Matches {
		rows = append(rows, read(match, ""))
	}
	for _, ignored := range document.IgnoredMatches {
		said := ""
		for _, rule := range ignored.AppliedIgnoreRules {
			said += rule.Reason
		}
		rows = append(rows, read(ignored.Match, said))
	}
	if err := json.NewEncoder(os.Stdout).Encode(rows); err != nil {
		fail(err)
	}
}

func read(match models.Match, statement string) row {
	score := 0.0
	for _, cvss := range match.Vulnerability.Cvss {
		score = max(score, cvss.Metrics.BaseScore)
	}
	matcher := ""
	for _, detail := range match.MatchDetails {
		matcher += detail.Type + "/" + detail.Matcher
	}
	return row{match.Vulnerability.ID, match.Artifact.Name, string(match.Artifact.Type), match.Vulnerability.Fix.Versions,
		match.Vulnerability.Fix.State, match.Vulnerability.Severity, matcher, score, statement}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
