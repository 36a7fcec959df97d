/**
 * Reads a stream of Server-Sent Events from text in pieces (WHATWG HTML, "Interpreting an event stream").
 * Knows no socket: bytes are decoded and handed in by `stream.ts`.
 */

export interface ServerEvent {
  event: string;
  data: string;
}

/** An event longer than this is dropped and counted: a broken peer must not fill the page's memory. */
export const EVENT_CHARS_MAX = 8_000_000;

export class EventReader {
  /** Text after the last line end. */
  private rest = '';
  private event = '';
  private data: string[] = [];
  private size = 0;
  /** Events that were too long. */
  dropped = 0;

  /** Takes the next piece and returns the events it completes. */
  push(piece: string): ServerEvent[] {
    const complete: ServerEvent[] = [];
    let text = this.rest + piece;
    // A lone CR at the end may be the first half of CRLF: it waits for the next piece.
    const held = text.endsWith('\r') ? '\r' : '';
    text = text.slice(0, text.length - held.length);
    const lines = text.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + held;
    if (this.rest.length > EVENT_CHARS_MAX) {
      this.rest = '';
      this.size = EVENT_CHARS_MAX + 1;
    }
    for (const line of lines) {
      const event = this.line(line);
      if (event !== null) complete.push(event);
    }
    return complete;
  }

  private line(line: string): ServerEvent | null {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    if (field === 'data') {
      this.size += value.length;
      if (this.size <= EVENT_CHARS_MAX) this.data.push(value);
    }
    return null;
  }

  private dispatch(): ServerEvent | null {
    const { data, size, event } = this;
    this.data = [];
    this.size = 0;
    this.event = '';
    if (size > EVENT_CHARS_MAX) {
      this.dropped += 1;
      return null;
    }
    return data.length === 0 ? null : { event: event === '' ? 'message' : event, data: data.join('\n') };
  }
}
