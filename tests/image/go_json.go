// Decodes what Lading reads of the documents of images as container engines do, for tests/image/test_go_json.py.
//
// Each line of the input is a kind and a document in Base64; each line of the output says what Go makes of it, and
// whether an object of it has names that are one to Go.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"time"
)

type Platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	OSVersion    string   `json:"os.version,omitempty"`
	OSFeatures   []string `json:"os.features,omitempty"`
	Variant      string   `json:"variant,omitempty"`
}

type Descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	URLs         []string          `json:"urls,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	Platform     *Platform         `json:"platform,omitempty"`
	ArtifactType string            `json:"artifactType,omitempty"`
}

type Document struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *Descriptor       `json:"config"`
	Layers        []Descriptor      `json:"layers"`
	Manifests     []Descriptor      `json:"manifests"`
	Annotations   map[string]string `json:"annotations"`
}

// Date is a time, of which the text stays.
type Date string

func (date *Date) UnmarshalJSON(data []byte) error {
	var parsed time.Time
	if err := parsed.UnmarshalJSON(data); err != nil {
		return err
	}
	return json.Unmarshal(data, (*string)(date))
}

// Words are what Docker takes for a list: one, or one word.
type Words []string

func (words *Words) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*[]string)(words)); err == nil {
		return nil
	}
	var word string
	if err := json.Unmarshal(data, &word); err != nil {
		return err
	}
	*words = []string{word}
	return nil
}

type Config struct {
	Created *Date  `json:"created"`
	Author  string `json:"author"`
	Platform
	Config struct {
		User         string
		ExposedPorts map[string]struct{}
		Env          []string
		Entrypoint   Words
		Cmd          Words
		Volumes      map[string]struct{}
		WorkingDir   string
		Labels       map[string]string
		StopSignal   string
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []struct {
		Created    *Date  `json:"created"`
		CreatedBy  string `json:"created_by"`
		Author     string `json:"author"`
		Comment    string `json:"comment"`
		EmptyLayer bool   `json:"empty_layer"`
	} `json:"history"`
}

type Item struct {
	Config   string
	RepoTags []string
	Layers   []string
}

type Layout struct {
	Version string `json:"imageLayoutVersion"`
}

type Answer struct {
	Error     bool `json:"error"`
	Ambiguous bool `json:"ambiguous"`
	Value     any  `json:"value"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<26)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		kind, text, _ := strings.Cut(input.Text(), " ")
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		values := map[string]any{
			"document": &Document{}, "config": &Config{}, "items": &[]Item{}, "layout": &Layout{},
		}
		answer := Answer{Value: values[kind]}
		answer.Error = json.Unmarshal(data, answer.Value) != nil
		if json.Valid(data) {
			tokens := json.NewDecoder(bytes.NewReader(data))
			answer.Ambiguous = ambiguous(tokens, false)
		}
		if err := output.Encode(answer); err != nil {
			panic(err)
		}
	}
}

// ambiguous reads one value, and tells whether an object in it repeats a name; exact says that case tells names apart.
func ambiguous(tokens *json.Decoder, exact bool) bool {
	token, err := tokens.Token()
	if err != nil {
		panic(err)
	}
	found := false
	switch token {
	case json.Delim('['):
		for tokens.More() {
			found = ambiguous(tokens, false) || found
		}
		_, _ = tokens.Token()
	case json.Delim('{'):
		var names []string
		for tokens.More() {
			token, _ := tokens.Token()
			name := token.(string)
			for _, other := range names {
				found = found || name == other || !exact && strings.EqualFold(name, other)
			}
			names = append(names, name)
			inner := !exact && (strings.EqualFold(name, "annotations") || strings.EqualFold(name, "labels") ||
				strings.EqualFold(name, "exposedPorts") || strings.EqualFold(name, "volumes"))
			found = ambiguous(tokens, inner) || found
		}
		_, _ = tokens.Token()
	}
	return found
}
