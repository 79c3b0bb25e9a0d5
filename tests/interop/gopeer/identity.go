// SPDX-License-Identifier: Apache-2.0

// Key files and certificates of `juki keys`, read and verified with Go's own Ed25519 and BLAKE2b.
package main

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flynn/noise"
	"golang.org/x/crypto/blake2b"
)

const certificateSize = 176

type nodeID struct {
	role byte
	code string
	unit uint16
}

func parseNode(text string) (nodeID, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || len(parts[1]) != 6 {
		return nodeID{}, fmt.Errorf("%s is no node", text)
	}
	role, err := strconv.ParseUint(parts[0], 10, 8)
	if err != nil {
		return nodeID{}, err
	}
	unit, err := strconv.ParseUint(parts[2], 10, 16)
	return nodeID{byte(role), parts[1], uint16(unit)}, err
}

type keys struct {
	id                 nodeID
	channel            noise.DHKey
	nodeCertificate    []byte
	channelCertificate []byte
	root               ed25519.PublicKey
}

func loadKeys(folder string) (*keys, error) {
	files := map[string][]byte{
		"channel.key": nil, "node.cert": nil, "channel.cert": nil, "root.pub": nil}
	sizes := map[string]int{"channel.key": 72, "node.cert": certificateSize,
		"channel.cert": certificateSize, "root.pub": 40}
	for name := range files {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		if len(data) != sizes[name] {
			return nil, fmt.Errorf("%s has %d bytes", name, len(data))
		}
		files[name] = data
	}
	secret, root := files["channel.key"], files["root.pub"]
	if !bytes.HasPrefix(secret, []byte("JKSK\x01\x03")) ||
		!bytes.HasPrefix(root, []byte("JKPK\x01\x01")) {
		return nil, fmt.Errorf("key files of another form")
	}
	return &keys{
		id:              nameOf(files["node.cert"]),
		channel:         noise.DHKey{Private: secret[8:40], Public: secret[40:72]},
		nodeCertificate: files["node.cert"], channelCertificate: files["channel.cert"],
		root: ed25519.PublicKey(root[8:40]),
	}, nil
}

func nameOf(certificate []byte) nodeID {
	return nodeID{certificate[2], string(certificate[4:10]),
		uint16(certificate[10])<<8 | uint16(certificate[11])}
}

func allZero(b []byte) bool { return bytes.Count(b, []byte{0}) == len(b) }

func checkSigned(certificate []byte, kind byte, text string, issuer ed25519.PublicKey,
	now int64) error {
	if certificate[0] != 1 || certificate[1] != kind || certificate[3] != 0 ||
		!allZero(certificate[12:16]) {
		return fmt.Errorf("a certificate of another form")
	}
	digest := blake2b.Sum512(certificate[:112])
	hint := blake2b.Sum512(issuer)
	signed := make([]byte, 32, 96)
	copy(signed, text)
	if !bytes.Equal(certificate[104:112], hint[:8]) ||
		!ed25519.Verify(issuer, append(signed, digest[:]...), certificate[112:]) {
		return fmt.Errorf("a certificate that its issuer did not sign")
	}
	if now < int64(getU64(certificate[24:])) || now >= int64(getU64(certificate[32:])) {
		return fmt.Errorf("a certificate of another time")
	}
	return nil
}

// The payload of message 2 or 3: root -> node -> channel, the handshake's key, the expected name.
func checkPayload(payload []byte, root ed25519.PublicKey, static []byte, peer nodeID,
	now int64) error {
	if len(payload) != payloadSize || !allZero(payload[2*certificateSize:]) {
		return fmt.Errorf("a payload of another form")
	}
	node, channel := payload[:certificateSize], payload[certificateSize:2*certificateSize]
	if err := checkSigned(node, 1, "juki/1/node-certificate", root, now); err != nil {
		return err
	}
	signer := ed25519.PublicKey(node[72:104])
	if err := checkSigned(channel, 2, "juki/1/channel-certificate", signer, now); err != nil {
		return err
	}
	if nameOf(node) != nameOf(channel) || nameOf(node) != peer {
		return fmt.Errorf("a certificate of another node")
	}
	if !bytes.Equal(channel[40:72], static) || !allZero(node[40:72]) || !allZero(channel[72:104]) {
		return fmt.Errorf("a certificate of another key")
	}
	return nil
}
