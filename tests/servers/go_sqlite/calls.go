// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// call is one line of the log.
type call struct {
	Time    time.Time           `json:"time"`
	Method  string              `json:"method"`
	Peer    string              `json:"peer"`
	Headers map[string][]string `json:"headers"`
}

// callLog writes every call, refused ones too, before it is looked at. A line
// is one write, so a reader sees whole lines of calls that are still running.
type callLog struct {
	mutex sync.Mutex
	file  *os.File
}

func openCallLog(path string) (*callLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &callLog{file: file}, nil
}

func (l *callLog) write(c call) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_, err = l.file.Write(append(line, '\n'))
	return err
}

func (l *callLog) middleware() flight.ServerMiddleware {
	return before(func(ctx context.Context, method string) (context.Context, error) {
		headers, _ := metadata.FromIncomingContext(ctx)
		c := call{Time: time.Now(), Method: method, Headers: headers}
		if p, found := peer.FromContext(ctx); found {
			c.Peer = p.Addr.String()
		}
		return ctx, l.write(c)
	})
}
