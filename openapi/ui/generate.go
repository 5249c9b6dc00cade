//go:build ignore

// This program makes the folder assets from the npm package swagger-ui-dist.
//
//	go generate ./openapi/ui                           # makes it
//	go run generate.go -check                          # in openapi/ui: compares it
//
// npm pack fetches the package alone: it installs no dependencies and runs no scripts.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// The package to use; doc.go and README.md name it, too. After changing it, look at the page in a
// browser and run the tests of interop/browser: a new version may need something that the page's
// policy forbids.
const (
	name      = "swagger-ui-dist"
	version   = "5.35.0"
	integrity = "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
)

const folder = "assets"

func main() {
	log.SetFlags(0)
	check := flag.Bool("check", false, "change nothing, and fail where the folder is not what would be made")
	flag.Parse()
	files, err := assets()
	if err == nil && *check {
		err = compare(files)
	} else if err == nil {
		err = write(files)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// assets returns the content of the folder, by file name.
func assets() (map[string][]byte, error) {
	pkg, err := fetch()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range []string{"LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"} {
		if files[f] = pkg[f]; len(files[f]) == 0 {
			return nil, fmt.Errorf("the package has no %s", f)
		}
	}
	files["swagger-ui.css"], err = split(files["swagger-ui.css"], files)
	return files, err
}

// dataURI matches an image within a style sheet.
var dataURI = regexp.MustCompile(`url\((?:"(data:(?:[^"\\]|\\.)*)"|(data:[^)"]*))\)`)

// split moves the images of the style sheet into separate files, because the page's policy
// forbids "data:" URLs.
func split(css []byte, files map[string][]byte) ([]byte, error) {
	var errs []error
	names := map[string]string{}
	css = dataURI.ReplaceAllFunc(css, func(found []byte) []byte {
		m := dataURI.FindSubmatch(found)
		uri := strings.ReplaceAll(string(m[1])+string(m[2]), `\"`, `"`)
		if names[uri] == "" {
			content, extension, err := decode(uri)
			errs = append(errs, err)
			names[uri] = fmt.Sprintf("image-%02d.%s", len(names)+1, extension)
			files[names[uri]] = content
		}
		return []byte("url(" + names[uri] + ")")
	})
	if bytes.Contains(css, []byte("data:")) {
		errs = append(errs, errors.New("an image is still in the style sheet"))
	}
	css = bytes.ReplaceAll(css, []byte("/*# sourceMappingURL=swagger-ui.css.map*/"), nil)
	head := fmt.Sprintf("/* %s %s, Apache License 2.0 (see LICENSE and NOTICE). Changed: its images are files of their own. */\n", name, version)
	return append([]byte(head), css...), errors.Join(errs...)
}

func decode(uri string) (content []byte, extension string, err error) {
	head, data, _ := strings.Cut(strings.TrimPrefix(uri, "data:"), ",")
	mediaType, rest, _ := strings.Cut(head, ";")
	extension = map[string]string{"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}[mediaType]
	if extension == "" {
		return nil, "", fmt.Errorf("an image of the type %q", mediaType)
	}
	if rest == "base64" {
		content, err = base64.StdEncoding.DecodeString(data)
		return content, extension, err
	}
	text, err := url.PathUnescape(data)
	return []byte(text), extension, err
}

// packed reports whether a file is stored compressed. The bundle is, since it is larger than the
// rest of a server.
func packed(name string) bool {
	return strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".css")
}

func write(files map[string][]byte) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if packed(name) {
			var b bytes.Buffer
			z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
			if err != nil {
				return err
			}
			if _, err := z.Write(content); err != nil {
				return err
			}
			if err := z.Close(); err != nil {
				return err
			}
			name, content = name+".gz", b.Bytes()
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare compares contents, not compressed bytes, because compressors differ.
func compare(files map[string][]byte) error {
	var errs []error
	for name, want := range files {
		path := filepath.Join(folder, name)
		if packed(name) {
			path += ".gz"
		}
		got, err := os.ReadFile(path)
		if err == nil && packed(name) {
			got, err = unpacked(got)
		}
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("%s is not what go generate makes", path)
		}
		errs = append(errs, err)
	}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if files[strings.TrimSuffix(e.Name(), ".gz")] == nil {
			errs = append(errs, fmt.Errorf("%s/%s does not belong there", folder, e.Name()))
		}
	}
	return errors.Join(append(errs, err)...)
}

func unpacked(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// fetch downloads the package with npm, checks its integrity, and returns its files.
func fetch() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	npm := exec.Command("npm", "pack", "--silent", name+"@"+version)
	npm.Dir, npm.Stderr = dir, os.Stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	archive, err := os.ReadFile(filepath.Join(dir, name+"-"+version+".tgz"))
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(archive)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != integrity {
		return nil, fmt.Errorf("%s %s has the integrity %s, want %s", name, version, got, integrity)
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for t := tar.NewReader(z); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[strings.TrimPrefix(head.Name, "package/")], err = io.ReadAll(t); err != nil {
			return nil, err
		}
	}
}
