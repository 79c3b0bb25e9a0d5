// SPDX-License-Identifier: Apache-2.0
// A second reading of src/channel/README.md: takes the secrets of channel.txt and derives every
// other line of it again with Node.js's own cryptography (OpenSSL); no code is shared with
// src/channel.
// Usage: node check_channel.mjs channel.txt    (exit code 0: every line was confirmed)
import crypto from 'node:crypto'
import fs from 'node:fs'

const lines = new Map(
  fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at), Buffer.from(line.slice(at + 1), 'hex')]
  }))
const left = new Set(lines.keys())
const get = (name) => {
  left.delete(name)
  if (!lines.has(name)) throw new Error(`no line ${name}`)
  return lines.get(name)
}
const check = (name, derived) => {
  if (!get(name).equals(derived)) throw new Error(`${name} differs`)
}

// --- primitives ---
const hash = (...parts) => crypto.createHash('blake2b512').update(Buffer.concat(parts)).digest()
const hmac = (key, ...parts) => {
  const block = Buffer.concat([key, Buffer.alloc(128 - key.length)])
  const pad = (byte) => Buffer.from(block.map((b) => b ^ byte))
  return hash(pad(0x5c), hash(pad(0x36), ...parts))
}
const hkdf = (chainingKey, input) => {
  const temp = hmac(chainingKey, input)
  const first = hmac(temp, Buffer.from([1]))
  return [first, hmac(temp, first, Buffer.from([2]))]
}
const prefix = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
}
const privateKey = (kind, secret) =>
  crypto.createPrivateKey(
    { key: Buffer.concat([prefix[kind], secret]), format: 'der', type: 'pkcs8' })
const spki = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
}
const publicKey = (kind, raw) =>
  crypto.createPublicKey({ key: Buffer.concat([spki[kind], raw]), format: 'der', type: 'spki' })
const publicOf = (kind, secret) =>
  crypto.createPublicKey(privateKey(kind, secret))
    .export({ format: 'der', type: 'spki' }).subarray(12)
const dh = (secret, remote) =>
  crypto.diffieHellman(
    { privateKey: privateKey('x25519', secret), publicKey: publicKey('x25519', remote) })
const nonceOf = (n) => {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64LE(n, 4)
  return nonce
}
const seal = (key, n, associated, plain) => {
  const cipher = crypto.createCipheriv('chacha20-poly1305', key, nonceOf(n), { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: plain.length })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}
const label = (text) => Buffer.concat([Buffer.from(text), Buffer.alloc(32 - text.length)])
const sign = (text, content, seed) =>
  crypto.sign(null, Buffer.concat([label(text), hash(content)]), privateKey('ed25519', seed))
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b }
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b }
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b }
const zeros = (n) => Buffer.alloc(n)

// --- certificates ---
const NOW = 1750000000
const rootSeed = get('root_seed')
const nodes = {
  initiator: { role: 1, code: '131016' },
  responder: { role: 4, code: '130001' },
}
for (const [who, node] of Object.entries(nodes)) {
  node.signSeed = get(`${who}_sign_seed`)
  node.channelSecret = get(`${who}_channel_secret`)
  node.channelPublic = publicOf('x25519', node.channelSecret)
  node.sealPublic = publicOf('x25519', get(`${who}_seal_secret`))
  const certificate = (type, exchange, signing, issuerSeed, text, serial) => {
    const body = Buffer.concat([
      Buffer.from([1, type, node.role, 0]), Buffer.from(node.code), u16(0), zeros(4), serial,
      u64(NOW - 86400), u64(NOW + 86400), exchange, signing,
      hash(publicOf('ed25519', issuerSeed)).subarray(0, 8)])
    return Buffer.concat([body, sign(text, body, issuerSeed)])
  }
  const serialOf = (name) => lines.get(name).subarray(16, 24) // random: the one field not derived
  node.nodeCertificate = certificate(1, zeros(32), publicOf('ed25519', node.signSeed), rootSeed,
    'juki/1/node-certificate', serialOf(`${who}_node_certificate`))
  node.channelCertificate = certificate(2, node.channelPublic, zeros(32), node.signSeed,
    'juki/1/channel-certificate', serialOf(`${who}_channel_certificate`))
  check(`${who}_node_certificate`, node.nodeCertificate)
  check(`${who}_channel_certificate`, node.channelCertificate)
}
const { initiator, responder } = nodes
const payloadOf = (node) =>
  Buffer.concat([node.nodeCertificate, node.channelCertificate, zeros(160)])

// --- preamble and handshake ---
const preamble = Buffer.concat([
  Buffer.from('JUKI'), Buffer.from([1, 1, 0, responder.role]), Buffer.from(responder.code), u16(0),
  zeros(16)])
const protocol = Buffer.from('Noise_XX_25519_ChaChaPoly_BLAKE2b')
let h = Buffer.concat([protocol, zeros(64 - protocol.length)])
let ck = h
let key = null
let n = 0n
const mixHash = (data) => { h = hash(h, data) }
const mixKey = (input) => {
  const [first, second] = hkdf(ck, input)
  ck = first
  key = second.subarray(0, 32)
  n = 0n
}
const encryptAndHash = (plain) => {
  const out = key === null ? plain : seal(key, n++, h, plain)
  mixHash(out)
  return out
}
mixHash(Buffer.concat([Buffer.from('juki/1/channel'), preamble]))
const ei = get('initiator_ephemeral_secret')
const er = get('responder_ephemeral_secret')
const eiPublic = publicOf('x25519', ei)
const erPublic = publicOf('x25519', er)

mixHash(eiPublic)
check('preamble_and_message_1', Buffer.concat([preamble, eiPublic, encryptAndHash(zeros(0))]))

mixHash(erPublic)
mixKey(dh(er, eiPublic))
const sealedStatic = encryptAndHash(responder.channelPublic)
mixKey(dh(responder.channelSecret, eiPublic))
check('message_2', Buffer.concat([erPublic, sealedStatic, encryptAndHash(payloadOf(responder))]))

const third = encryptAndHash(initiator.channelPublic)
mixKey(dh(initiator.channelSecret, erPublic))
check('message_3', Buffer.concat([third, encryptAndHash(payloadOf(initiator))]))

// --- records; this conversation rekeys after 3 records of a direction ---
const direction = (raw) => ({ key: raw.subarray(0, 32), n: 0n })
const [rawSend, rawReceive] = hkdf(ck, zeros(0))
const fromInitiator = direction(rawSend)
const fromResponder = direction(rawReceive)
const record = (d, plain) => {
  const sealed = seal(d.key, d.n++, zeros(0), plain)
  if (d.n % 3n === 0n) {
    d.key = seal(d.key, 0xffffffffffffffffn, zeros(0), zeros(32)).subarray(0, 32)
  }
  return Buffer.concat([u16(sealed.length), sealed])
}
const first = (type, flags, epoch, sequence, data) =>
  Buffer.concat([Buffer.from([type, flags]), u64(epoch), u64(sequence), data])
const hello = Buffer.concat([u64(7), u64(41), u64(3), u64(40), u64(5), u64(NOW), u16(1), u16(1)])
check('initiator_hello', record(fromInitiator, first(1, 3, 0, 0, hello)))
check('responder_hello', record(fromResponder, first(1, 3, 0, 0, hello)))
const message = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
check('initiator_message_42_of_epoch_7', Buffer.concat([
  record(fromInitiator, first(2, 1, 7, 42, message.subarray(0, 4078))),
  record(fromInitiator, Buffer.concat([Buffer.from([2, 2]), message.subarray(4078)]))]))
check('initiator_ack_after_rekey',
  record(fromInitiator, first(3, 3, 3, 0, Buffer.concat([u64(43), u32(64)]))))
check('responder_nack',
  record(fromResponder, first(4, 3, 7, 0, Buffer.concat([u64(41), u16(103)]))))
check('initiator_close', record(fromInitiator, first(5, 3, 0, 0, zeros(0))))

// --- directory ---
const entry = (node, address) => Buffer.concat([
  node.nodeCertificate, node.sealPublic, Buffer.from(address), zeros(64 - address.length)])
const listing = Buffer.concat([
  Buffer.from('JKDR'), Buffer.from([1, 0, 0, 0]), u32(2), u64(9), u64(NOW), zeros(4),
  entry(initiator, 'cs.example:4001'), entry(responder, 'prefecture.example:4002')])
check('directory', Buffer.concat([listing, sign('juki/1/directory', listing, rootSeed)]))

// --- sealed certificate: sizes here (OpenSSL has no XSalsa20), its signature in the C tests ---
const sealed = get('sealed')
get('seal_prekey_secret')
if (sealed.length !== 'sealed data'.length + 112) throw new Error('sealed: size')

if (left.size > 0) throw new Error(`not checked: ${[...left].join(', ')}`)
console.log(`${lines.size} lines read, ${lines.size - left.size} accounted for`)
