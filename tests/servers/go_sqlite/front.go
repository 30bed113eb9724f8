// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/status"
)

// front stands before the databases: it keeps account of every call that auth let
// through, and lets those fail that it was told to.
type front struct {
	flight.BaseFlightServer
	next   flight.FlightServer
	state  *state
	faults *faults
	puts   putSettings
}

// ongoing is a call while it runs.
type ongoing struct {
	*event
	state *state
	rule  *rule
}

func (f *front) begin(ctx context.Context, rpc, command string, request json.RawMessage) *ongoing {
	e := &event{Call: rpc + "/" + command, Request: request, Session: sessionOf(ctx)}
	f.state.begin(e)
	return &ongoing{e, f.state, f.faults.next(e.Call)}
}

// refused is the error of a call that is to fail before it does anything.
func (o *ongoing) refused() error {
	if o.rule != nil && o.rule.after == 0 {
		return o.rule.err()
	}
	return nil
}

// send is asked before each message of an answer.
func (o *ongoing) send() error {
	if o.rule != nil && o.Sent >= o.rule.after {
		return o.rule.err()
	}
	o.state.change(func() { o.Sent++ })
	return nil
}

// end is the error to answer with.
func (o *ongoing) end(err error) error {
	if o.rule != nil {
		err = o.rule.err()
	}
	o.state.change(func() {
		o.Code = status.Code(err).String()
		if err != nil {
			o.Error = err.Error()
		}
	})
	return err
}

func unary[Request, Answer any](f *front, ctx context.Context, rpc string, command []byte, request Request,
	next func(context.Context, Request) (Answer, error)) (answer Answer, err error) {
	name, message := unpacked(command)
	call := f.begin(ctx, rpc, name, asJSON(message))
	defer func() { err = call.end(err) }()
	if err = call.refused(); err != nil {
		return answer, err
	}
	return next(ctx, request)
}

func (f *front) GetFlightInfo(ctx context.Context, request *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return unary(f, ctx, "GetFlightInfo", request.GetCmd(), request, f.next.GetFlightInfo)
}

func (f *front) GetSchema(ctx context.Context, request *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	return unary(f, ctx, "GetSchema", request.GetCmd(), request, f.next.GetSchema)
}

func (f *front) PollFlightInfo(ctx context.Context, request *flight.FlightDescriptor) (*flight.PollInfo, error) {
	return unary(f, ctx, "PollFlightInfo", request.GetCmd(), request, f.next.PollFlightInfo)
}

func (f *front) DoGet(request *flight.Ticket, stream flight.FlightService_DoGetServer) (err error) {
	name, message := unpacked(request.GetTicket())
	call := f.begin(stream.Context(), "DoGet", name, asJSON(message))
	defer func() { err = call.end(err) }()
	if err = call.refused(); err != nil {
		return err
	}
	return f.next.DoGet(request, &countedGet{stream, call})
}

type countedGet struct {
	flight.FlightService_DoGetServer
	call *ongoing
}

func (c *countedGet) Send(data *flight.FlightData) error {
	if err := c.call.send(); err != nil {
		return err
	}
	return c.FlightService_DoGetServer.Send(data)
}

// stateAction answers with what the control port's /state says. It is not counted.
const stateAction = "test.calls"

func (f *front) DoAction(request *flight.Action, stream flight.FlightService_DoActionServer) (err error) {
	if request.GetType() == stateAction {
		text, err := f.state.json()
		if err != nil {
			return err
		}
		return stream.Send(&flight.Result{Body: text})
	}
	call := f.begin(stream.Context(), "DoAction", request.GetType(), asJSON(actionBody(request)))
	defer func() { err = call.end(err) }()
	if err = call.refused(); err != nil {
		return err
	}
	return f.next.DoAction(request, &countedAction{stream, call})
}

type countedAction struct {
	flight.FlightService_DoActionServer
	call *ongoing
}

func (c *countedAction) Send(result *flight.Result) error {
	if err := c.call.send(); err != nil {
		return err
	}
	return c.FlightService_DoActionServer.Send(result)
}

func (f *front) ListActions(request *flight.Empty, stream flight.FlightService_ListActionsServer) (err error) {
	call := f.begin(stream.Context(), "ListActions", "", nil)
	defer func() { err = call.end(err) }()
	if err = call.refused(); err != nil {
		return err
	}
	if err := f.next.ListActions(request, stream); err != nil {
		return err
	}
	for _, name := range []string{flight.SetSessionOptionsActionType, flight.GetSessionOptionsActionType,
		flight.CloseSessionActionType} { // which arrow-go's list leaves out
		if err := stream.Send(&flight.ActionType{Type: name}); err != nil {
			return err
		}
	}
	return nil
}
