/** The rule catalogue, fetched once for the whole page: it changes with the program. */
import { useEffect, useState } from 'react';
import { asProblem, get } from '../api/client';
import { type Decoder, integer, list, object, optional, text } from '../api/decode';
import { failed, type Loadable, ready } from '../live/model';

export interface Circumstance {
  word: string;
  name_zh: string;
  base_centi: number;
}

export interface Rule {
  code: string;
  family: string;
  name_zh: string;
  name_en: string;
  authority: string;
  joint: string[];
  legal_basis: string[];
  evidence_zh: string[];
  evidence_en: string[];
  detectors: string[];
  class: string;
  severity: string;
  publicity_months_max: number;
  base_centi: number;
  vehicle_centi: number;
  circumstances: Circumstance[];
  counts_on: string;
  officers: number;
  repeat: string;
  once_per: string | null;
  added_to: string[];
  highest_of: string[];
  hard_trigger: string;
  valid_from: string;
  valid_to: string | null;
  source: string;
  note_zh: string;
  note_en: string;
  table_version: string;
}

const words = list(text);
const rules: Decoder<{ rules: Rule[] }> = object<{ rules: Rule[] }>({
  rules: list(
    object<Rule>({
      code: text,
      family: text,
      name_zh: text,
      name_en: text,
      authority: text,
      joint: words,
      legal_basis: words,
      evidence_zh: words,
      evidence_en: words,
      detectors: words,
      class: text,
      severity: text,
      publicity_months_max: integer,
      base_centi: integer,
      vehicle_centi: integer,
      circumstances: list(object<Circumstance>({ word: text, name_zh: text, base_centi: integer })),
      counts_on: text,
      officers: integer,
      repeat: text,
      once_per: optional(text),
      added_to: words,
      highest_of: words,
      hard_trigger: text,
      valid_from: text,
      valid_to: optional(text),
      source: text,
      note_zh: text,
      note_en: text,
      table_version: text,
    }),
  ),
});

let known: Promise<Rule[]> | null = null;

function fetched(): Promise<Rule[]> {
  known ??= get('/api/v1/rules', rules).then(
    (answer) => answer.rules,
    (thrown: unknown) => {
      // The next who asks tries again.
      known = null;
      throw thrown;
    },
  );
  return known;
}

/** Every rule in every period, by code; the second value tries again. */
export function useRules(): [Loadable<Rule[]>, () => void] {
  const [loaded, setLoaded] = useState<Loadable<Rule[]>>({ kind: 'loading' });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let there = true;
    fetched().then(
      (value) => there && setLoaded(ready(value)),
      (thrown: unknown) => there && setLoaded((before) => failed(before, asProblem(thrown))),
    );
    return () => {
      there = false;
    };
  }, [tries]);
  return [loaded, () => setTries((n) => n + 1)];
}

/** The rule of a code, in force now if it is at all; a code without its grade is the first grade's. */
export function ruleOf(rules: readonly Rule[], code: string): Rule | null {
  const same = rules.filter((rule) => rule.code === code);
  const graded = same.length > 0 ? same : rules.filter(({ family }) => family === code);
  return graded.find(({ valid_to }) => valid_to === null) ?? graded.at(-1) ?? null;
}
