// SPDX-License-Identifier: Apache-2.0

// A peer that speaks the juki channel with flynn/noise: command line, and what is said after the
// handshake.  The bytes are in channel.go.  It shares no code with src/channel; both follow
// src/channel/README.md.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

const usage = `usage: gopeer dial|serve KEYS ADDRESS PEER [NAME=VALUE ...]
  KEYS     folder of juki keys issue; ADDRESS host:port, port 0 to serve on any
  PEER     who stands at the other end: role as a number, code, unit, as 1:141003:0
  times=N          connections, one after another
  messages=N       after HELLO, so many messages each way ...
  sizes=A,B,...    ... of these sizes in turn
  send=FILE        instead: one message with these bytes; its ACK and one answer are awaited ...
  receive=FILE     ... and the answer kept here
  rekey=N          records under one key; another number than 65536 must fail
  prologue=label   leave the preamble out of the prologue and unchecked; a control`

type options struct {
	dial     bool
	keys     string
	address  string
	peer     nodeID
	times    int
	messages int
	sizes    []int
	send     string
	receive  string
	rekey    uint64
	blind    bool
}

func parse(words []string) (o options, err error) {
	o = options{times: 1, sizes: []int{20}, rekey: 65536}
	if len(words) < 4 || (words[0] != "dial" && words[0] != "serve") {
		return o, fmt.Errorf("%s", usage)
	}
	o.dial, o.keys, o.address = words[0] == "dial", words[1], words[2]
	if o.peer, err = parseNode(words[3]); err != nil {
		return o, err
	}
	for _, word := range words[4:] {
		at := strings.Index(word, "=")
		if at < 0 {
			return o, fmt.Errorf("%s", usage)
		}
		name, value := word[:at], word[at+1:]
		switch name {
		case "times":
			o.times, err = strconv.Atoi(value)
		case "messages":
			o.messages, err = strconv.Atoi(value)
		case "sizes":
			o.sizes = nil
			for _, one := range strings.Split(value, ",") {
				size := 0
				if size, err = strconv.Atoi(one); err != nil {
					return o, err
				}
				o.sizes = append(o.sizes, size)
			}
		case "send":
			o.send = value
		case "receive":
			o.receive = value
		case "rekey":
			o.rekey, err = strconv.ParseUint(value, 10, 64)
		case "prologue":
			o.blind = value == "label"
		default:
			err = fmt.Errorf("%s", usage)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// The bytes of message `number` from one side; peer.c and pypeer.py make the same.
func content(fromDialler bool, number, size int) []byte {
	side := 101
	if fromDialler {
		side = 0
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(number*7 + i*13 + (i>>8)*31 + side)
	}
	return data
}

// Says all of our side of the conversation; `received` closes when the peer's messages are in.
func (c *channel) say(o *options, received <-chan struct{}) error {
	for i := 1; i <= o.messages; i++ {
		data := content(o.dial, i, o.sizes[(i-1)%len(o.sizes)])
		if err := c.sendMessage(uint64(i), data); err != nil {
			return err
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	<-received
	if err := c.sendNack(1, 101); err != nil {
		return err
	}
	if err := c.sendAck(uint64(o.messages)+1, 64); err != nil {
		return err
	}
	return c.flush()
}

// Hears the peer's messages, then its NACK and ACK.
func (c *channel) hear(o *options, received chan<- struct{}) error {
	for i := 1; i <= o.messages; i++ {
		m, err := c.receive()
		if err != nil {
			return err
		}
		want := content(!o.dial, i, o.sizes[(i-1)%len(o.sizes)])
		if m.kind != typeMessage || m.epoch != 1 || m.sequence != uint64(i) ||
			!bytes.Equal(m.data, want) {
			return fmt.Errorf("message %d is another one", i)
		}
	}
	close(received)
	m, err := c.receive()
	if err != nil {
		return err
	}
	if m.kind != typeNack || m.epoch != 1 || !bytes.Equal(m.data, append(u64(1), u16(101)...)) {
		return fmt.Errorf("not the NACK")
	}
	if m, err = c.receive(); err != nil {
		return err
	}
	next := append(u64(uint64(o.messages)+1), u32(64)...)
	if m.kind != typeAck || m.epoch != 1 || !bytes.Equal(m.data, next) {
		return fmt.Errorf("not the ACK")
	}
	return nil
}

// Both directions at once; the dialling side closes.
func (c *channel) converse(o *options) error {
	received := make(chan struct{})
	said := make(chan error, 1)
	go func() { said <- c.say(o, received) }()
	if err := c.hear(o, received); err != nil {
		return err
	}
	if err := <-said; err != nil {
		return err
	}
	return c.part(o)
}

func (c *channel) part(o *options) error {
	if o.dial {
		if err := c.sendClose(); err != nil {
			return err
		}
		return c.flush()
	}
	m, err := c.receive()
	if err == nil && m.kind != typeClose {
		err = fmt.Errorf("not the CLOSE")
	}
	return err
}

// One message to a real node: its ACK and an answer come back, in any order.
func (c *channel) ask(o *options) error {
	data, err := os.ReadFile(o.send)
	if err != nil {
		return err
	}
	if err = c.sendMessage(1, data); err == nil {
		err = c.flush()
	}
	acked, answered := false, false
	for err == nil && !(acked && answered) {
		var m message
		if m, err = c.receive(); err != nil {
			return err
		}
		switch m.kind {
		case typeAck:
			acked = acked || (m.epoch == 1 && getU64(m.data) == 2)
		case typeMessage:
			if m.sequence != 1 || m.epoch != 1 {
				return fmt.Errorf("message %d of epoch %d", m.sequence, m.epoch)
			}
			answered = true
			if err = os.WriteFile(o.receive, m.data, 0o600); err == nil {
				if err = c.sendAck(2, 64); err == nil {
					err = c.flush()
				}
			}
		default:
			err = fmt.Errorf("a record of type %d", m.kind)
		}
	}
	if err == nil {
		err = c.sendClose()
	}
	if err == nil {
		err = c.flush()
	}
	return err
}

// One connection, told in one line.
func once(o *options, own *keys, number int, socket net.Conn) bool {
	defer socket.Close()
	c := newChannel(o, socket)
	_ = socket.SetDeadline(time.Now().Add(10 * time.Second))
	err := c.open(o, own)
	if err == nil {
		_ = socket.SetDeadline(time.Now().Add(100 * time.Second))
		if o.send != "" {
			err = c.ask(o)
		} else if err = c.converse(o); err != nil {
			err = fmt.Errorf("%w (record %d sent, %d received)", err, c.sent, c.received)
		}
	}
	if err != nil {
		fmt.Printf("%d: closed at=%s %v\n", number, c.stage, err)
		return false
	}
	fmt.Printf("%d: done records_sent=%d records_received=%d rekeys=%d,%d\n", number, c.sent,
		c.received, c.sent/o.rekey, c.received/o.rekey)
	return true
}

func run() (bool, error) {
	o, err := parse(os.Args[1:])
	if err != nil {
		return false, err
	}
	own, err := loadKeys(o.keys)
	if err != nil {
		return false, err
	}
	var listener net.Listener
	if !o.dial {
		if listener, err = net.Listen("tcp", o.address); err != nil {
			return false, err
		}
		fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	}
	good := true
	for i := 0; i < o.times; i++ {
		var socket net.Conn
		if o.dial {
			socket, err = net.Dial("tcp", o.address)
		} else {
			socket, err = listener.Accept()
		}
		if err != nil {
			return false, err
		}
		good = once(&o, own, i, socket) && good
	}
	return good, nil
}

func main() {
	good, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !good {
		os.Exit(1)
	}
}
