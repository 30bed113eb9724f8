// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"maps"
	"sync"
)

const keptEvents = 10_000

// event is one call as the server understood it.
type event struct {
	Call    string          `json:"call"` // RPC/command
	Request json.RawMessage `json:"request,omitempty"`
	Session string          `json:"session,omitempty"`
	Code    string          `json:"code"` // of the answer, "" while it runs
	Error   string          `json:"error,omitempty"`
	Sent    int             `json:"sent"` // messages of the answer's stream

	// What a DoPut brought.
	Messages int   `json:"messages,omitempty"`
	Batches  int   `json:"batches,omitempty"`
	Rows     int64 `json:"rows,omitempty"`
	Bytes    int64 `json:"bytes,omitempty"`
	Largest  int64 `json:"largest,omitempty"` // message
}

// state is what tests may ask about all databases of this server.
type state struct {
	mutex    sync.Mutex
	calls    map[string]int
	events   []*event
	counters map[string]int
	open     map[string]map[string]any
	dropped  []string // SQL of cancelled queries
}

func newState() *state {
	s := &state{}
	s.reset()
	s.open = map[string]map[string]any{}
	return s
}

// reset forgets the past. What is open stays.
func (s *state) reset() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls, s.counters = map[string]int{}, map[string]int{}
	s.events, s.dropped = nil, nil
}

func (s *state) begin(e *event) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls[e.Call]++
	if len(s.events) == keptEvents {
		s.events = append(s.events[:0:0], s.events[1000:]...)
	}
	s.events = append(s.events, e)
}

// change runs a function while nobody else looks at events.
func (s *state) change(what func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	what()
}

func (s *state) count(name string, by int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.counters[name] += by
}

// opened notes that something lives under this id; closed that it is gone.
func (s *state) opened(kind, id string, what any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open[kind] == nil {
		s.open[kind] = map[string]any{}
	}
	s.open[kind][id] = what
	s.counters[kind+" opened"]++
}

func (s *state) closed(kind, id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, found := s.open[kind][id]; found {
		delete(s.open[kind], id)
		s.counters[kind+" closed"]++
	}
}

func (s *state) cancelled(sql string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.dropped = append(s.dropped, sql)
}

func (s *state) json() ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	open := map[string]map[string]any{
		"prepared": {}, "transactions": {}, "savepoints": {}, "sessions": {}, "queries": {},
	}
	maps.Copy(open, s.open)
	return json.Marshal(map[string]any{
		"calls":     s.calls,
		"events":    append([]*event{}, s.events...),
		"counters":  s.counters,
		"open":      open,
		"cancelled": append([]string{}, s.dropped...),
	})
}
