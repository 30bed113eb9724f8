// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// afterEnd lets a call do all it does and fail instead of ending well.
const afterEnd = 1 << 30

// rule makes calls fail: NAME=CODE[,times=N][,skip=N][,after=N|end].
type rule struct {
	name  string
	code  codes.Code
	skip  int // so many calls pass first
	times int // then so many fail (-1: all)
	after int // messages that are sent before, afterEnd: all of them
}

func parseRule(text string) (*rule, error) {
	name, rest, found := strings.Cut(text, "=")
	words := strings.Split(rest, ",")
	if !found || name == "" {
		return nil, fmt.Errorf("%q: want NAME=CODE[,times=N][,skip=N][,after=N|end]", text)
	}
	r := &rule{name: name, times: -1}
	if err := r.code.UnmarshalJSON([]byte(`"` + words[0] + `"`)); err != nil {
		return nil, err
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		number, err := strconv.Atoi(value)
		if key == "after" && value == "end" {
			number, err = afterEnd, nil
		}
		target, known := map[string]*int{"times": &r.times, "skip": &r.skip, "after": &r.after}[key]
		if err != nil || !known {
			return nil, fmt.Errorf("%q: what is %q?", text, word)
		}
		*target = number
	}
	return r, nil
}

func (r *rule) matches(call string) bool {
	rpc, command, _ := strings.Cut(call, "/")
	return r.name == call || r.name == rpc || r.name == command
}

func (r *rule) err() error {
	return status.Errorf(r.code, "told to fail: %s", r.name)
}

// faults are the rules in force, as the flags -fail and the control port set them.
type faults struct {
	mutex sync.Mutex
	rules []*rule
}

func (f *faults) add(text string) error {
	r, err := parseRule(text)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.rules = append(f.rules, r)
	return nil
}

func (f *faults) clear() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.rules = nil
}

// next is the rule that this call has to follow, nil when it may live.
func (f *faults) next(call string) *rule {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, r := range f.rules {
		switch {
		case !r.matches(call) || r.times == 0:
		case r.skip > 0:
			r.skip--
		default:
			r.times = max(r.times-1, -1)
			return r
		}
	}
	return nil
}

// String and Set make it the flag -fail.
func (f *faults) String() string        { return "" }
func (f *faults) Set(text string) error { return f.add(text) }
