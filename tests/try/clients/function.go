// A function with aws-lambda-go: what it does is told by the variable CASE.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

func answer(_ context.Context, event json.RawMessage) (any, error) {
	switch os.Getenv("CASE") {
	case "error":
		return nil, errors.New("no such event")
	case "slow":
		time.Sleep(time.Minute)
	case "crash":
		os.Exit(4)
	}
	return map[string]any{"said": "it works", "event": event}, nil
}

// An answer in parts: what the client takes for a stream is a reader.
func stream(context.Context, json.RawMessage) (io.Reader, error) {
	reader, writer := io.Pipe()
	go func() {
		_, _ = writer.Write([]byte("hello "))
		if os.Getenv("CASE") == "stream-error" {
			_ = writer.CloseWithError(errors.New("too late"))
			return
		}
		_, _ = writer.Write([]byte("world"))
		_ = writer.Close()
	}()
	return reader, nil
}

func main() {
	switch os.Getenv("CASE") {
	case "init-error":
		panic("it cannot start")
	case "init-exit":
		os.Exit(3)
	case "init-sleep":
		time.Sleep(time.Minute)
	case "stream", "stream-error":
		lambda.Start(stream)
	}
	lambda.Start(answer)
}
