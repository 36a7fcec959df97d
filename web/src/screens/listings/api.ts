import { type Decoder, integer, list, members, object, optional, text, time, word } from '../../api/decode';
import { AUTHORITIES, type Authority, type EpochMs } from '../../api/types';
import { type TrailLine, trailDecoder } from '../../office/parts';

export const FILE_STATES = ['proposed', 'noticed', 'served', 'listed', 'delisted', 'exited', 'withdrawn', 'refused'] as const;
export type FileState = (typeof FILE_STATES)[number];

export interface ListingFile {
  number: string;
  uscc: string;
  name: string;
  why: string | null;
  measure: string;
  state: FileState;
  opened: EpochMs;
  score_centi: number;
  causes: { rule: string; case_no: string }[];
  legal_basis: string[];
  measures: string[];
  repair_conditions: string[];
  authority: Authority;
  term_end: string | null;
  notice: { number: string; at: EpochMs; by: string; text: string; served: string | null; object_until: string | null } | null;
  decision: { number: string; at: EpochMs; by: string; reason: string } | null;
  end_reason: string | null;
  ban_until: string | null;
}

/** The trigger in words; `null`: the score. */
const why: Decoder<string | null> = (value, path) => optional(text)(members(value, path)['what'], `${path}.what`);

export const listingFile: Decoder<ListingFile> = object<ListingFile>({
  number: text,
  uscc: text,
  name: text,
  why,
  measure: text,
  state: word(FILE_STATES),
  opened: time,
  score_centi: integer,
  causes: list(object({ rule: text, case_no: text })),
  legal_basis: list(text),
  measures: list(text),
  repair_conditions: list(text),
  authority: word(AUTHORITIES),
  term_end: optional(text),
  notice: optional(object({ number: text, at: time, by: text, text, served: optional(text), object_until: optional(text) })),
  decision: optional(object({ number: text, at: time, by: text, reason: text })),
  end_reason: optional(text),
  ban_until: optional(text),
});

export const fileList: Decoder<{ files: ListingFile[] }> = object<{ files: ListingFile[] }>({ files: list(listingFile) });

export interface FileView {
  file: ListingFile;
  trail: TrailLine[];
}
export const fileView: Decoder<FileView> = object<FileView>({ file: listingFile, trail: trailDecoder });
