// Command archive_tar says what Go's archive/tar reads from archives, as container engines read layers with it.
//
// It reads archives from standard input, each behind its length (four bytes, big endian), and writes a line of JSON for
// each: the entries as [name, type, link name, size, CRC-32 of the content or -1 for a very large one], and the error
// that ended the archive, empty at its proper end. Bytes of names are written as the code points of the same number.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
)

const largest = 1 << 26

type answer struct {
	Entries [][]any `json:"entries"`
	Error   string  `json:"error"`
}

func text(name string) string {
	runes := make([]rune, len(name))
	for i := range len(name) {
		runes[i] = rune(name[i])
	}
	return string(runes)
}

func read(archive []byte) answer {
	found := answer{Entries: [][]any{}}
	reader := tar.NewReader(struct{ io.Reader }{bytes.NewReader(archive)}) // like a layer: no seeking
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			found.Error = err.Error()
			return found
		}
		sum := int64(-1)
		if header.Size <= largest {
			hash := crc32.NewIEEE()
			if _, err := io.Copy(hash, reader); err != nil {
				found.Error = err.Error()
				return found
			}
			sum = int64(hash.Sum32())
		}
		found.Entries = append(found.Entries,
			[]any{text(header.Name), text(string([]byte{header.Typeflag})), text(header.Linkname), header.Size, sum})
	}
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for {
		var length uint32
		if err := binary.Read(input, binary.BigEndian, &length); err != nil {
			return
		}
		archive := make([]byte, length)
		if _, err := io.ReadFull(input, archive); err != nil {
			panic(err)
		}
		if err := output.Encode(read(archive)); err != nil {
			panic(err)
		}
	}
}
