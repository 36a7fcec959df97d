import { type Decoder, flag, integer, list, members, object, optional, text, word } from '../../api/decode';

export interface UploadView {
  token: string;
  register: string;
  form: 'csv' | 'json' | 'geojson' | 'kml';
  encoding: 'utf-8' | 'gb18030';
  needs_datum: boolean;
  headings: string[];
  suggested: Record<string, string>;
  columns: { member: string; heading_zh: string; required: boolean }[];
}

const texts_by_name: Decoder<Record<string, string>> = (value, path) =>
  Object.fromEntries(Object.entries(members(value, path)).map(([name, heading]) => [name, text(heading, `${path}.${name}`)]));

export const uploadView: Decoder<UploadView> = object<UploadView>({
  token: text,
  register: text,
  form: word(['csv', 'json', 'geojson', 'kml']),
  encoding: word(['utf-8', 'gb18030']),
  needs_datum: flag,
  headings: list(text),
  suggested: texts_by_name,
  columns: list(object<UploadView['columns'][number]>({ member: text, heading_zh: text, required: flag })),
});

export interface CheckedRow {
  place: number;
  id: string | null;
  outcome: 'new' | 'changed' | 'same' | 'refused';
  member: string | null;
  reason: string | null;
  reason_zh: string | null;
  warnings: string[];
}
export interface Checked {
  new: number;
  changed: number;
  same: number;
  refused: number;
  rows: CheckedRow[];
  rows_left_out: number;
}
export const checked: Decoder<Checked> = object<Checked>({
  new: integer,
  changed: integer,
  same: integer,
  refused: integer,
  rows: list(
    object<CheckedRow>({
      place: integer,
      id: optional(text),
      outcome: word(['new', 'changed', 'same', 'refused']),
      member: optional(text),
      reason: optional(text),
      reason_zh: optional(text),
      warnings: list(text),
    }),
  ),
  rows_left_out: integer,
});

export interface Committed {
  register: string;
  in_force: string;
  new: number;
  changed: number;
}
export const committed: Decoder<Committed> = object<Committed>({ register: text, in_force: text, new: integer, changed: integer });
