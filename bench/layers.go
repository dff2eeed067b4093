// Unpacks image layers as container engines do, with their own code, and says what the container would see.
// bench/layers.py builds it and asks it.
//
// Standard input holds cases: the number of layers (4 bytes, big-endian), then for each its length (4 bytes) and its
// tar. For each case one line of JSON goes to standard output: by engine, the root filesystem as path to what lies
// there ("f" and the content, "l" and the target, "d", "o"), or null where the engine refuses the layers.
//
//	umoci        umoci unpack: each layer is unpacked over the ones below (as Docker's and Podman's vfs drivers do)
//	containerd   containerd's native snapshotter: likewise
//	overlay      containerd's default: each layer in a directory of its own, which overlayfs merges
//	docker       Docker's and Podman's default: likewise
//
// Run as root, in a directory of a file system that can hold the upper directories of overlayfs, such as tmpfs.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/apex/log"
	"github.com/apex/log/handlers/discard"
	"github.com/containerd/containerd/v2/pkg/archive"
	moby "github.com/moby/go-archive"
	"github.com/opencontainers/umoci/oci/layer"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

func main() {
	log.SetHandler(discard.New())
	logrus.SetOutput(io.Discard)
	unix.Umask(0)
	base, err := os.MkdirTemp(".", "layers-")
	check(err)
	base, err = filepath.Abs(base)
	check(err)
	defer os.RemoveAll(base)
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriter(os.Stdout)
	for number := 0; ; number++ {
		layers, err := readCase(in)
		if err == io.EOF {
			break
		}
		check(err)
		check(json.NewEncoder(out).Encode(apply(filepath.Join(base, strconv.Itoa(number)), layers)))
		check(out.Flush())
	}
}

func readCase(in io.Reader) ([][]byte, error) {
	var count uint32
	if err := binary.Read(in, binary.BigEndian, &count); err != nil {
		return nil, err
	}
	layers := make([][]byte, count)
	for i := range layers {
		var size uint32
		if err := binary.Read(in, binary.BigEndian, &size); err != nil {
			return nil, err
		}
		layers[i] = make([]byte, size)
		if _, err := io.ReadFull(in, layers[i]); err != nil {
			return nil, err
		}
	}
	return layers, nil
}

type tree map[string]string

func apply(base string, layers [][]byte) map[string]tree {
	defer os.RemoveAll(base)
	return map[string]tree{
		"umoci":      inPlace(base+"/umoci", layers, umociLayer),
		"containerd": inPlace(base+"/containerd", layers, containerdLayer),
		"overlay":    overlaid(base+"/overlay", layers, containerdUpper),
		"docker":     overlaid(base+"/docker", layers, dockerUpper),
	}
}

type unpacker func(root string, parents []string, tar []byte) error

func inPlace(root string, layers [][]byte, one unpacker) tree {
	check(os.MkdirAll(root, 0o755))
	for _, tar := range layers {
		if one(root, nil, tar) != nil {
			return nil
		}
	}
	if _, err := os.Lstat(root); err != nil {
		return nil // whited out itself
	}
	return list(root)
}

func overlaid(base string, layers [][]byte, one unpacker) tree {
	lower := []string{base + "/empty"}
	check(os.MkdirAll(lower[0], 0o755))
	for i, tar := range layers {
		upper := base + "/" + strconv.Itoa(i)
		check(os.MkdirAll(upper, 0o755))
		if one(upper, lower, tar) != nil {
			return nil
		}
		lower = append([]string{upper}, lower...)
	}
	merged := base + "/merged"
	check(os.MkdirAll(merged, 0o755))
	check(unix.Mount("overlay", merged, "overlay", unix.MS_RDONLY, "lowerdir="+strings.Join(lower, ":")))
	defer func() { check(unix.Unmount(merged, 0)) }()
	return list(merged)
}

func umociLayer(root string, _ []string, tar []byte) error {
	return layer.UnpackLayer(root, bytes.NewReader(tar), nil)
}

func containerdLayer(root string, _ []string, tar []byte) error {
	_, err := archive.Apply(context.Background(), root, bytes.NewReader(tar))
	return err
}

func containerdUpper(root string, parents []string, tar []byte) error {
	_, err := archive.Apply(context.Background(), root, bytes.NewReader(tar),
		archive.WithConvertWhiteout(archive.OverlayConvertWhiteout), archive.WithParents(parents))
	return err
}

// dockerUpper unpacks in a thread that has changed its root, as Docker does.
func dockerUpper(root string, _ []string, tar []byte) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Chroot(root)
		}
		if err == nil {
			err = unix.Chdir("/")
		}
		if err == nil {
			err = moby.Unpack(bytes.NewReader(tar), "/", &moby.TarOptions{WhiteoutFormat: moby.OverlayWhiteoutFormat})
		}
		done <- err
	}()
	return <-done
}

func list(root string) tree {
	found := tree{}
	check(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		check(err)
		if path == root {
			return nil
		}
		name := path[len(root)+1:]
		switch {
		case entry.IsDir():
			found[name] = "d"
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			check(err)
			found[name] = "l" + target
		case entry.Type().IsRegular():
			content, err := os.ReadFile(path)
			check(err)
			found[name] = "f" + string(content)
		default:
			found[name] = "o"
		}
		return nil
	}))
	return found
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
