// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	flatbuffers "github.com/google/flatbuffers/go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// unpacked is the name and the content of a message in an Any, "" and nil where
// the bytes are none.
func unpacked(data []byte) (string, proto.Message) {
	var packed anypb.Any
	if len(data) == 0 || proto.Unmarshal(data, &packed) != nil || packed.TypeUrl == "" {
		return "", nil
	}
	name := packed.TypeUrl[strings.LastIndexAny(packed.TypeUrl, "/.")+1:]
	message, err := packed.UnmarshalNew()
	if err != nil {
		return name, nil
	}
	return name, message
}

// bareBodies are the actions whose bodies are not in an Any.
var bareBodies = map[string]func() proto.Message{
	flight.CancelFlightInfoActionType:    func() proto.Message { return &flight.CancelFlightInfoRequest{} },
	flight.RenewFlightEndpointActionType: func() proto.Message { return &flight.RenewFlightEndpointRequest{} },
	flight.SetSessionOptionsActionType:   func() proto.Message { return &flight.SetSessionOptionsRequest{} },
	flight.GetSessionOptionsActionType:   func() proto.Message { return &flight.GetSessionOptionsRequest{} },
	flight.CloseSessionActionType:        func() proto.Message { return &flight.CloseSessionRequest{} },
}

func actionBody(action *flight.Action) proto.Message {
	if empty, found := bareBodies[action.GetType()]; found {
		message := empty()
		if proto.Unmarshal(action.GetBody(), message) != nil {
			return nil
		}
		return message
	}
	_, message := unpacked(action.GetBody())
	if cancel, is := message.(*pb.ActionCancelQueryRequest); is { //nolint:staticcheck
		info := &flight.FlightInfo{}
		if proto.Unmarshal(cancel.GetInfo(), info) == nil {
			return info
		}
	}
	return message
}

// asJSON is a message as tests read it: the names of the .proto file, bytes in base64.
func asJSON(message proto.Message) json.RawMessage {
	if message == nil {
		return nil
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil
	}
	return text
}

const (
	messageHeaderType  = 1
	messageHeader      = 2
	headerRecordBatch  = 3
	recordBatchLength  = 0
	firstFieldOfVTable = 4
)

// rowsIn is how many rows the record batch of this header has, and whether it is one
// (Message.fbs of the Arrow format). The body is not looked at.
func rowsIn(header []byte) (rows int64, batch bool) {
	defer func() {
		if recover() != nil { // a header that points outside itself
			rows, batch = 0, false
		}
	}()
	if len(header) < 8 {
		return 0, false
	}
	message := flatbuffers.Table{Bytes: header, Pos: flatbuffers.GetUOffsetT(header)}
	field := func(table *flatbuffers.Table, number int) flatbuffers.UOffsetT {
		slot := table.Offset(flatbuffers.VOffsetT(firstFieldOfVTable + 2*number))
		if slot == 0 {
			return 0
		}
		return table.Pos + flatbuffers.UOffsetT(slot)
	}
	at := field(&message, messageHeaderType)
	if at == 0 || message.GetByte(at) != headerRecordBatch {
		return 0, false
	}
	if at = field(&message, messageHeader); at == 0 {
		return 0, false
	}
	record := flatbuffers.Table{Bytes: header, Pos: message.Indirect(at)}
	if at = field(&record, recordBatchLength); at == 0 {
		return 0, true
	}
	return record.GetInt64(at), true
}
