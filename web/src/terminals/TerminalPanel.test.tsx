import { describe, expect, test } from 'vitest';
import { pendingList, terminalList } from '../api/types';
import { looksAfterTerminals } from './rights';

describe('terminals', () => {
  test('only a registrar and an administrator see them', () => {
    const of = (role: string) => looksAfterTerminals({ name: 'x', role, authority: null, company: null });
    expect([of('registrar'), of('admin'), of('enforcer'), of('police'), of('auditor'), of('carrier')]).toEqual([
      true, true, false, false, false, false,
    ]);
  });

  test('what the service says of them is read, and a wrong member is named', () => {
    const row = { terminal: '13900000001', plate: null, standing: 'lapsed', online: false, maker: '', model: '', registered: null };
    expect(terminalList({ terminals: [row] }, '').terminals[0]?.plate).toBeNull();
    const waiting = {
      terminal: '1', maker: 'M', model: 'T', device_id: '7', plate: '豫A12345', refusal: 'no', refusal_zh: '否', address: '127.0.0.1',
      last: '2026-11-24T10:00:00+08:00', attempts: 2,
    };
    expect(pendingList({ pending: [waiting] }, '').pending[0]?.attempts).toBe(2);
    expect(() => pendingList({ pending: [{ ...waiting, attempts: 'two' }] }, '')).toThrow('pending[0].attempts');
  });
});
