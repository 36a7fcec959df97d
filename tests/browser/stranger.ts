/** A terminal that no register knows: registers by JT/T 808-2013 over a real socket, and is refused. */
import { connect } from 'node:net';

const FLAG = 0x7e;

/** Answers the result byte of the platform's 0x8100. */
export function register(gateway: string, phone: string, plate: Uint8Array): Promise<number> {
  const [host, port] = gateway.split(':');
  const field = (text: string, width: number) => Buffer.concat([Buffer.from(text, 'ascii'), Buffer.alloc(width)]).subarray(0, width);
  const body = Buffer.concat([
    Buffer.from([0, 41, 0, 183]), field('ACME', 5), field('T-800', 20), field('0000042', 7), Buffer.from([2]), plate,
  ]);
  const header = Buffer.concat([Buffer.from([0x01, 0x00, body.length >> 8, body.length & 255]), Buffer.from(phone.padStart(12, '0'), 'hex'), Buffer.from([0, 1])]);
  const payload = Buffer.concat([header, body]);
  const check = payload.reduce((sum, byte) => sum ^ byte, 0);
  const escaped = [...payload, check].flatMap((byte) => (byte === FLAG ? [0x7d, 2] : byte === 0x7d ? [0x7d, 1] : [byte]));
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(Buffer.from([FLAG, ...escaped, FLAG])));
    const answer: number[] = [];
    socket.setTimeout(20_000, () => socket.destroy(new Error('the platform did not answer')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answer.push(...chunk);
      if (answer.filter((byte) => byte === FLAG).length < 2) return;
      // Flag, 12 bytes of header, serial, result: none of them is escaped in an answer to this registration.
      resolve(answer[15] ?? -1);
      socket.end();
    });
  });
}
