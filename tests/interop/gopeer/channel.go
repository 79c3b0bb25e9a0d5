// SPDX-License-Identifier: Apache-2.0

// The channel's bytes as src/channel/README.md writes them, on flynn/noise: preamble, handshake
// with certificates, HELLO, records, rekey.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/flynn/noise"
)

const (
	label       = "juki/1/channel"
	payloadSize = 512
	plainMax    = 4096
	typeHello   = 1
	typeMessage = 2
	typeAck     = 3
	typeNack    = 4
	typeClose   = 5
	flagFirst   = 1
	flagLast    = 2
)

func u16(n uint16) []byte { return []byte{byte(n >> 8), byte(n)} }
func u32(n uint32) []byte { return append(u16(uint16(n>>16)), u16(uint16(n))...) }
func u64(n uint64) []byte { return append(u32(uint32(n>>32)), u32(uint32(n))...) }

func getU64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

type message struct {
	kind     byte
	epoch    uint64
	sequence uint64
	data     []byte
}

type channel struct {
	in            *bufio.Reader
	out           *bufio.Writer
	sendCipher    *noise.CipherState
	receiveCipher *noise.CipherState
	rekey         uint64
	sent          uint64
	received      uint64
	stage         string // how far it came: preamble, handshake, hello, records
}

func newChannel(o *options, socket net.Conn) *channel {
	return &channel{
		in:    bufio.NewReaderSize(socket, 65536),
		out:   bufio.NewWriterSize(socket, 65536),
		rekey: o.rekey,
		stage: "preamble",
	}
}

func (c *channel) flush() error { return c.out.Flush() }

func (c *channel) read(size int) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(c.in, data)
	return data, err
}

func preambleFor(target nodeID) []byte {
	b := append([]byte("JUKI"), 1, 1, 0, target.role)
	b = append(b, target.code...)
	b = append(b, u16(target.unit)...)
	return append(b, make([]byte, 16)...)
}

// The initiator writes the preamble, the responder reads it; both mix what they know of it.
func (c *channel) preamble(o *options, own *keys) ([]byte, error) {
	var preamble []byte
	if o.dial {
		preamble = preambleFor(o.peer)
		if _, err := c.out.Write(preamble); err != nil {
			return nil, err
		}
	} else {
		var err error
		if preamble, err = c.read(32); err != nil {
			return nil, err
		}
		if !o.blind && !bytes.Equal(preamble, preambleFor(own.id)) {
			return nil, fmt.Errorf("another preamble")
		}
	}
	if o.blind {
		return []byte(label), nil
	}
	return append([]byte(label), preamble...), nil
}

func (c *channel) writeStep(state *noise.HandshakeState, payload []byte,
	size int) (a, b *noise.CipherState, err error) {
	bytes, a, b, err := state.WriteMessage(nil, payload)
	if err == nil && len(bytes) != size {
		err = fmt.Errorf("a handshake message of %d bytes", len(bytes))
	}
	if err == nil {
		_, err = c.out.Write(bytes)
	}
	if err == nil {
		err = c.flush()
	}
	return a, b, err
}

func (c *channel) readStep(state *noise.HandshakeState,
	size int) (payload []byte, a, b *noise.CipherState, err error) {
	bytes, err := c.read(size)
	if err != nil {
		return nil, nil, nil, err
	}
	return state.ReadMessage(nil, bytes)
}

// Reads message 2 or 3 and checks the certificates in it.
func (c *channel) readPeer(o *options, own *keys, state *noise.HandshakeState,
	size int) (a, b *noise.CipherState, err error) {
	payload, a, b, err := c.readStep(state, size)
	if err == nil {
		err = checkPayload(payload, own.root, state.PeerStatic(), o.peer, time.Now().Unix())
	}
	return a, b, err
}

func (c *channel) handshake(o *options, own *keys, prologue []byte) error {
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite: noise.NewCipherSuite(noise.DH25519, noise.CipherChaChaPoly, noise.HashBLAKE2b),
		Pattern:     noise.HandshakeXX, Initiator: o.dial, Prologue: prologue,
		StaticKeypair: own.channel,
	})
	if err != nil {
		return err
	}
	payload := make([]byte, payloadSize)
	copy(payload, own.nodeCertificate)
	copy(payload[certificateSize:], own.channelCertificate)
	if o.dial {
		if _, _, err = c.writeStep(state, nil, 32); err != nil {
			return err
		}
		if _, _, err = c.readPeer(o, own, state, 608); err != nil {
			return err
		}
		c.sendCipher, c.receiveCipher, err = c.writeStep(state, payload, 576)
		return err
	}
	if _, _, _, err = c.readStep(state, 32); err != nil {
		return err
	}
	if _, _, err = c.writeStep(state, payload, 608); err != nil {
		return err
	}
	c.receiveCipher, c.sendCipher, err = c.readPeer(o, own, state, 576)
	return err
}

func (c *channel) hello() error {
	data := append(u64(1), u64(0)...) // our link's epoch, last sent
	data = append(append(data, u64(1)...), u64(0)...)
	data = append(append(data, u64(0)...), u64(uint64(time.Now().Unix()))...)
	data = append(append(data, u16(1)...), u16(1)...)
	if err := c.sendControl(typeHello, 0, data); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	m, err := c.receive()
	if err != nil {
		return err
	}
	if m.kind != typeHello || m.epoch != 0 || len(m.data) != 52 {
		return fmt.Errorf("the first record is no HELLO")
	}
	low, high := binary.BigEndian.Uint16(m.data[48:]), binary.BigEndian.Uint16(m.data[50:])
	if getU64(m.data) != 1 || low > 1 || high < 1 {
		return fmt.Errorf("a HELLO of another epoch or version")
	}
	return nil
}

// Preamble, handshake, HELLO.
func (c *channel) open(o *options, own *keys) error {
	prologue, err := c.preamble(o, own)
	if err != nil {
		return err
	}
	c.stage = "handshake"
	if err = c.handshake(o, own, prologue); err != nil {
		return err
	}
	c.stage = "hello"
	if err = c.hello(); err != nil {
		return err
	}
	c.stage = "records"
	return nil
}

func (c *channel) sendRecord(plain []byte) error {
	sealed, err := c.sendCipher.Encrypt(u16(uint16(len(plain)+16)), nil, plain)
	if err != nil {
		return err
	}
	c.sent++
	if c.sent%c.rekey == 0 {
		c.sendCipher.Rekey()
	}
	_, err = c.out.Write(sealed)
	return err
}

func (c *channel) sendControl(kind byte, epoch uint64, data []byte) error {
	plain := append([]byte{kind, flagFirst | flagLast}, u64(epoch)...)
	plain = append(plain, u64(0)...)
	return c.sendRecord(append(plain, data...))
}

func (c *channel) sendAck(next uint64, credit uint32) error {
	return c.sendControl(typeAck, 1, append(u64(next), u32(credit)...))
}

func (c *channel) sendNack(sequence uint64, rule uint16) error {
	return c.sendControl(typeNack, 1, append(u64(sequence), u16(rule)...))
}

func (c *channel) sendClose() error { return c.sendControl(typeClose, 0, nil) }

func (c *channel) sendMessage(sequence uint64, data []byte) error {
	for first := true; first || len(data) > 0; first = false {
		plain := []byte{typeMessage, 0}
		if first {
			plain[1] = flagFirst
			plain = append(append(plain, u64(1)...), u64(sequence)...)
		}
		size := plainMax - len(plain)
		if size >= len(data) {
			size = len(data)
			plain[1] |= flagLast
		}
		if err := c.sendRecord(append(plain, data[:size]...)); err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

func (c *channel) receiveRecord() ([]byte, error) {
	head, err := c.read(2)
	if err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint16(head))
	if size < 19 || size > plainMax+16 {
		return nil, fmt.Errorf("a record of %d bytes", size)
	}
	sealed, err := c.read(size)
	if err != nil {
		return nil, err
	}
	plain, err := c.receiveCipher.Decrypt(nil, nil, sealed)
	if err != nil {
		return nil, err
	}
	c.received++
	if c.received%c.rekey == 0 {
		c.receiveCipher.Rekey()
	}
	return plain, nil
}

// One whole message or control record.
func (c *channel) receive() (m message, err error) {
	for first, last := true, false; !last; first = false {
		plain, err := c.receiveRecord()
		if err != nil {
			return m, err
		}
		if len(plain) < 2 || (plain[1]&flagFirst != 0) != first || (!first && plain[0] != m.kind) {
			return m, fmt.Errorf("a record out of order")
		}
		last = plain[1]&flagLast != 0
		if !last && len(plain) != plainMax {
			return m, fmt.Errorf("a short record that is not the last")
		}
		head := 2
		if first {
			if len(plain) < 18 {
				return m, fmt.Errorf("a short record")
			}
			m.kind, m.epoch, m.sequence = plain[0], getU64(plain[2:]), getU64(plain[10:])
			head = 18
		}
		m.data = append(m.data, plain[head:]...)
	}
	return m, nil
}
