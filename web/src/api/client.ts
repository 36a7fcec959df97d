/** Requests to the service. Every failure becomes a [`Problem`] that says what happened, in both languages. */
import { DecodeError, type Decoder, members, optional, text } from './decode';

/** A request that did not bring what was asked for. `status` 0: no answer; -1: an answer the page cannot read. */
export class Problem extends Error {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
  /** The service's word for it, as `/problems/locked`. */
  readonly kind: string | null;
  /** When to come again, in seconds. */
  readonly wait_s: number | null;

  constructor(status: number, zh: string, en: string, kind: string | null = null, wait_s: number | null = null) {
    super(en);
    this.name = 'Problem';
    this.status = status;
    this.zh = zh;
    this.en = en;
    this.kind = kind;
    this.wait_s = wait_s;
  }
}

/** No answer came within this. */
export const REQUEST_TIMEOUT_MS = 20_000;

/** GET `path` and read the JSON it answers. */
export function get<T>(path: string, decoder: Decoder<T>, signal?: AbortSignal): Promise<T> {
  return request(path, { method: 'GET' }, decoder, signal);
}

/** POST a JSON `body` and read the JSON it answers. */
export function post<T>(path: string, body: unknown, decoder: Decoder<T>): Promise<T> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return request(path, init, decoder);
}

/** POST a JSON `body` whose answer has nothing to read. */
export async function act(path: string, body: unknown = {}): Promise<void> {
  await answer(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** Sends a JSON `body` with headers of its own (`If-Match`, say) and reads the JSON it answers. */
export function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  decoder: Decoder<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const init = { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
  return request(path, init, decoder);
}

/** POST a file as it is, under its media type. */
export function upload<T>(path: string, file: Blob | string, kind: string, decoder: Decoder<T>): Promise<T> {
  return request(path, { method: 'POST', headers: { 'Content-Type': kind }, body: file }, decoder);
}

/** DELETE `path`; the answer has no body. */
export async function remove(path: string): Promise<void> {
  await answer(path, { method: 'DELETE', headers: { 'Content-Type': 'application/json' } });
}

/** PUT a JSON `body` and read the JSON it answers. */
export function put<T>(path: string, body: unknown, decoder: Decoder<T>): Promise<T> {
  const init = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return request(path, init, decoder);
}

async function request<T>(path: string, init: RequestInit, decoder: Decoder<T>, signal?: AbortSignal): Promise<T> {
  const response = await answer(path, init, signal);
  let body: unknown;
  try {
    body = await response.json();
    return decoder(body, '');
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw unreadable(path, cause);
  }
}

async function answer(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), REQUEST_TIMEOUT_MS);
  const stop = () => timeout.abort();
  signal?.addEventListener('abort', stop);
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin', signal: timeout.signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, '无法连接服务，请检查网络后重试', 'The service cannot be reached. Check the network and try again.');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Reads `application/problem+json`; anything else is named by its status. */
async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  try {
    const body = members(await response.json(), '');
    const word = (name: string) => optional(text)(body[name], name);
    const en = word('detail') ?? word('title');
    const zh = word('detail_zh') ?? word('title_zh');
    const wait_s = Number(response.headers.get('retry-after') ?? '') || null;
    if (en !== null || zh !== null) return new Problem(status, zh ?? en ?? '', en ?? zh ?? '', word('type'), wait_s);
  } catch {
    // Not a problem document: a proxy's page, say. The status still says what a person can use.
  }
  return new Problem(status, `服务出错（HTTP ${status}）`, `The service failed (HTTP ${status}).`);
}

function unreadable(path: string, cause: unknown): Problem {
  const where = cause instanceof DecodeError ? cause.message : String(cause);
  return new Problem(-1, `服务返回的数据无法识别（${path}：${where}）`, `The service sent data this page cannot read (${path}: ${where}).`);
}

/** What to show for anything thrown by a request. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem(-1, `页面出错：${String(thrown)}`, `The page failed: ${String(thrown)}`);
}
