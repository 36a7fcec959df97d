/** People for the browser tests: made by an administrator through the API, as the page does. */
import { createHmac } from 'node:crypto';
import { type APIRequestContext, expect } from '@playwright/test';

export const PASSWORD = '骑马过河看花去吧明天再来';

export function adminToken(): string {
  const value = process.env['ADMIN'];
  if (!value) throw new Error('ADMIN is not set: it must be the token of an administrator.');
  return value;
}

/** Adds an enforcer and returns the secret of the link. */
export async function invite(request: APIRequestContext, name: string): Promise<string> {
  const answer = await request.post('/api/v1/people', {
    headers: { Authorization: `Bearer ${adminToken()}` },
    data: { name, role: 'enforcer', authority: 'city_management' },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return ((await answer.json()) as { token: string }).token;
}

/** A person with a password. */
export async function withPassword(request: APIRequestContext, name: string): Promise<void> {
  const token = await invite(request, name);
  const answer = await request.post('/api/v1/invitations/accept', { data: { token, password: PASSWORD } });
  expect(answer.ok(), await answer.text()).toBe(true);
  await request.delete('/api/v1/session');
}

/** The code an authenticator app shows (RFC 6238); `off` steps of 30 s from now. */
export function codeOf(secret: string, off = 0): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + off));
  const hash = createHmac('sha1', key).update(step).digest();
  const at = hash.readUInt8(19) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A name nobody has, in each project and run its own. */
export function someone(of: string): string {
  return `${of}${Date.now() % 1_000_000}`;
}
