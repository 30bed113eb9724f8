// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
)

// putSettings are the ways in which the answers to DoPut differ from server to server.
type putSettings struct {
	discard bool   // swallow ingests and bound batches, count rows
	count   string // exact, unknown (-1) or none (no PutResult)
	bound   string // what answers a bind: handle, new, empty or none
}

func (f *front) DoPut(stream flight.FlightService_DoPutServer) (err error) {
	put := &countedPut{FlightService_DoPutServer: stream, settings: f.puts}
	first, recvErr := stream.Recv()
	if recvErr != nil && !errors.Is(recvErr, io.EOF) {
		return recvErr
	}
	name, message := unpacked(first.GetFlightDescriptor().GetCmd())
	put.command = message
	put.call = f.begin(stream.Context(), "DoPut", name, asJSON(message))
	defer func() { err = put.call.end(err) }()
	if err = put.call.refused(); err != nil {
		return err
	}
	if errors.Is(recvErr, io.EOF) {
		return errors.New("DoPut without a message")
	}
	put.first = first
	put.note(first)
	if f.puts.discard {
		switch command := message.(type) {
		case *pb.CommandStatementIngest, *pb.CommandPreparedStatementUpdate:
			return put.swallow(func() proto.Message { return &pb.DoPutUpdateResult{RecordCount: put.call.Rows} })
		case *pb.CommandPreparedStatementQuery:
			return put.swallow(func() proto.Message {
				return &pb.DoPutPreparedStatementResult{PreparedStatementHandle: command.GetPreparedStatementHandle()}
			})
		}
	}
	return f.next.DoPut(put)
}

// countedPut is a DoPut's stream whose first message has been read already.
type countedPut struct {
	flight.FlightService_DoPutServer
	settings putSettings
	command  proto.Message
	call     *ongoing
	first    *flight.FlightData
}

func (p *countedPut) note(data *flight.FlightData) {
	size := int64(len(data.GetDataHeader()) + len(data.GetDataBody()))
	rows, batch := rowsIn(data.GetDataHeader())
	p.call.state.change(func() {
		p.call.Messages++
		p.call.Bytes += size
		p.call.Largest = max(p.call.Largest, size)
		if batch {
			p.call.Batches++
			p.call.Rows += rows
		}
	})
}

func (p *countedPut) Recv() (*flight.FlightData, error) {
	if data := p.first; data != nil {
		p.first = nil
		return data, nil
	}
	data, err := p.FlightService_DoPutServer.Recv()
	if err == nil {
		p.note(data)
	}
	return data, err
}

// Send changes arrow-go's answer into what another server would say.
func (p *countedPut) Send(result *flight.PutResult) error {
	var err error
	switch p.command.(type) {
	case *pb.CommandPreparedStatementQuery:
		switch p.settings.bound {
		case "none":
			return nil
		case "empty": // no handle: the old one stays
			result = &flight.PutResult{}
		}
	default:
		switch p.settings.count {
		case "none":
			return nil
		case "unknown":
			result = &flight.PutResult{}
			result.AppMetadata, err = proto.Marshal(&pb.DoPutUpdateResult{RecordCount: -1})
		}
	}
	if err == nil {
		err = p.call.send()
	}
	if err != nil {
		return err
	}
	return p.FlightService_DoPutServer.Send(result)
}

func (p *countedPut) swallow(answer func() proto.Message) error {
	for {
		if _, err := p.Recv(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	metadata, err := proto.Marshal(answer())
	if err != nil {
		return err
	}
	return p.Send(&flight.PutResult{AppMetadata: metadata})
}
