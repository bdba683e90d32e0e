// Talks to the example by net/http, and writes what it saw as JSON: main BASE CERTIFICATE KEY PHOTO.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var (
	base, key = os.Args[1], os.Args[3]
	client    = &http.Client{Timeout: 30 * time.Second}
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// ask sends a request with the key, and answers its response with the whole body.
func ask(method, path, contentType string, body io.Reader) (*http.Response, []byte) {
	request := must(http.NewRequest(method, base+path, body))
	request.Header.Set("Authorization", "Apikey "+key)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response := must(client.Do(request))
	defer response.Body.Close()
	return response, must(io.ReadAll(response.Body))
}

func upload(file string) json.RawMessage {
	// Of a pipe, so that it goes out in chunks.
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	go func() {
		part := must(form.CreateFormFile("photo", filepath.Base(file)))
		must(io.Copy(part, must(os.Open(file))))
		form.Close()
		writer.Close()
	}()
	_, body := ask("POST", "/api/photos", form.FormDataContentType(), reader)
	return body
}

func events() []string {
	response := must(client.Get(base + "/api/clock"))
	defer response.Body.Close()
	ids := []string{}
	for lines := bufio.NewScanner(response.Body); len(ids) < 2 && lines.Scan(); {
		if id, found := strings.CutPrefix(lines.Text(), "id: "); found {
			ids = append(ids, id)
		}
	}
	return ids
}

func main() {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(os.Args[2])))
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}

	ordered, order := ask("POST", "/api/orders", "application/json", strings.NewReader(`{"item":"tea","amount":2}`))
	wrong, _ := ask("POST", "/api/orders", "application/json", strings.NewReader(`{"item":""}`))
	refused := must(client.Get(base + "/api/orders"))
	stream, numbers := ask("GET", "/api/numbers?count=100000", "", nil)
	_, page := ask("GET", "/", "", nil)
	script, _ := ask("GET", "/app.js", "", nil)
	outside, _ := ask("GET", "/%2e%2e/package.json", "", nil)

	must(0, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"protocol": ordered.Proto,
		"order":    json.RawMessage(order),
		"refused":  refused.StatusCode,
		"wrong":    wrong.StatusCode,
		"upload":   upload(os.Args[4]),
		"stream":   map[string]any{"unpacked": stream.Uncompressed, "bytes": len(numbers)},
		"events":   events(),
		"site":     bytes.Contains(page, []byte("<h1>Shop</h1>")),
		"type":     script.Header.Get("Content-Type"),
		"outside":  outside.StatusCode,
	}))
}
