/**
 * What the service's public API says, read into types. Names and units are the API's own (`/api/v1/openapi.json`);
 * times are milliseconds since 1970, scores and points integers in hundredths.
 */
import {
  type Decoder, flag, integer, latitude, list, longitude, members, number, object, optional, text, time, word,
} from './decode';

/** Milliseconds since 1970, from a time the service sent. */
export type EpochMs = number;
/** Points in hundredths: 7350 is 73.50. */
export type Centi = number;

export const AUTHORITIES = ['city_management', 'police', 'transport'] as const;
export type Authority = (typeof AUTHORITIES)[number];

export interface Session {
  name: string;
  role: string;
  /** Whose rules this officer may decide; `null` for nobody's. */
  authority: Authority | null;
  /** The company (统一社会信用代码) of a person of role `carrier`. */
  company: string | null;
  /** A second factor has to be set up before anything else. */
  must_enrol?: boolean;
}
export const session: Decoder<Session> = object<Session>({
  name: text,
  role: text,
  authority: optional(word(AUTHORITIES)),
  company: optional(text),
  must_enrol: (value, path) => optional(flag)(value, path) ?? false,
});

export const TRUCK_STATES = ['clue', 'offline', 'silent', 'normal'] as const;
export type TruckState = (typeof TRUCK_STATES)[number];
export const LOADS = ['empty', 'half', 'full', 'over', 'unknown'] as const;
export type Load = (typeof LOADS)[number];
export const LIDS = ['closed', 'open', 'unknown'] as const;
export type Lid = (typeof LIDS)[number];
export const LIFTS = ['flat', 'raised', 'unknown'] as const;
export type Lift = (typeof LIFTS)[number];
export const FIXES = ['3d', '2d', 'none'] as const;
export type FixKind = (typeof FIXES)[number];

/** A truck's newest report. */
export interface LastReport {
  time: EpochMs;
  received: EpochMs | null;
  lat: number;
  lon: number;
  speed_kmh: number | null;
  /** Degrees clockwise from true north. */
  course_deg: number | null;
  fix: FixKind;
  load: Load | null;
  lid: Lid | null;
  lift: Lift | null;
}
const lastReport = object<LastReport>({
  time,
  received: optional(time),
  lat: latitude,
  lon: longitude,
  speed_kmh: optional(number),
  course_deg: optional(number),
  fix: word(FIXES),
  load: optional(word(LOADS)),
  lid: optional(word(LIDS)),
  lift: optional(word(LIFTS)),
});

export interface Truck {
  plate: string;
  carrier_uscc: string | null;
  carrier_name: string | null;
  state: TruckState;
  /** Rules of its pending clues. */
  rules: string[];
  last: LastReport | null;
}
export const truck: Decoder<Truck> = object<Truck>({
  plate: text,
  carrier_uscc: optional(text),
  carrier_name: optional(text),
  state: word(TRUCK_STATES),
  rules: list(text),
  last: optional(lastReport),
});
export interface TruckList {
  trucks: Truck[];
  as_of: EpochMs;
}
export const truckList: Decoder<TruckList> = object<TruckList>({ trucks: list(truck), as_of: time });

export interface TrackPoint {
  time: EpochMs;
  lat: number;
  lon: number;
}
export interface Track {
  points: TrackPoint[];
}
export const track: Decoder<Track> = object<Track>({
  points: list(object<TrackPoint>({ time, lat: latitude, lon: longitude })),
});

export const NOTICE_KINDS = ['gap', 'tag_conflict'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a truck said of its own reports: some are lost, or a tag may be a copy. */
export interface TruckNotice {
  kind: NoticeKind;
  /** Why, as `full` or `other_tid_seen`. */
  cause: string;
  /** First and last lost record, where known; when the tag was read. */
  from: EpochMs | null;
  to: EpochMs | null;
  /** Time of the record that told it. */
  before: EpochMs;
  /** Records lost; 1 of a tag. */
  count: number;
  tid: string | null;
  epc: string | null;
}
export interface NoticeList {
  notices: TruckNotice[];
}
export const noticeList: Decoder<NoticeList> = object<NoticeList>({
  notices: list(
    object<TruckNotice>({
      kind: word(NOTICE_KINDS),
      cause: text,
      from: optional(time),
      to: optional(time),
      before: time,
      count: integer,
      tid: optional(text),
      epc: optional(text),
    }),
  ),
});

export const CLUE_STATES = ['pending', 'confirmed', 'rejected', 'withdrawn'] as const;
export type ClueState = (typeof CLUE_STATES)[number];
export const SEVERITIES = ['serious', 'general', 'minor'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Decision {
  outcome: 'confirmed' | 'rejected';
  by: string;
  at: EpochMs;
  reason: string;
  ledger_seq: number | null;
  points_centi: Centi | null;
}
const decision = object<Decision>({
  outcome: word(['confirmed', 'rejected']),
  by: text,
  at: time,
  reason: text,
  ledger_seq: optional(integer),
  points_centi: optional(integer),
});

/** Facts under a rule, which an officer has to judge. */
export interface Clue {
  id: string;
  rule: string;
  rule_name_zh: string;
  rule_name_en: string;
  authority: Authority;
  severity: Severity;
  points_centi: Centi;
  plate: string;
  carrier_uscc: string | null;
  carrier_name: string | null;
  permit: string | null;
  trip: string | null;
  start: EpochMs;
  end: EpochMs;
  lat: number;
  lon: number;
  /** What failed, by which readings: the members depend on the rule. */
  facts: Record<string, unknown>;
  state: ClueState;
  /** Confirmed, and disproved by later reports: an officer has to look again. */
  disproved: boolean | null;
  opened_at: EpochMs;
  decision: Decision | null;
}
const clueShape: { [K in keyof Clue]: Decoder<Clue[K]> } = {
  id: text,
  rule: text,
  rule_name_zh: text,
  rule_name_en: text,
  authority: word(AUTHORITIES),
  severity: word(SEVERITIES),
  points_centi: integer,
  plate: text,
  carrier_uscc: optional(text),
  carrier_name: optional(text),
  permit: optional(text),
  trip: optional(text),
  start: time,
  end: time,
  lat: latitude,
  lon: longitude,
  facts: members,
  state: word(CLUE_STATES),
  disproved: optional(flag),
  opened_at: time,
  decision: optional(decision),
};
export const clue: Decoder<Clue> = object<Clue>(clueShape);

export type ClueCounts = Record<ClueState, number>;
export interface ClueList {
  clues: Clue[];
  counts: ClueCounts;
}
const counts: Decoder<ClueCounts> = (value, path) => {
  const source = members(value, path);
  const count = (state: ClueState) => optional(integer)(source[state], `${path}.${state}`) ?? 0;
  return { pending: count('pending'), confirmed: count('confirmed'), rejected: count('rejected'), withdrawn: count('withdrawn') };
};
export const clueList: Decoder<ClueList> = object<ClueList>({ clues: list(clue), counts });

export interface HistoryEntry {
  at: EpochMs;
  what: string;
  by: string | null;
}
export interface ClueWithHistory extends Clue {
  history: HistoryEntry[];
}
export const clueWithHistory: Decoder<ClueWithHistory> = object<ClueWithHistory>({
  ...clueShape,
  history: list(object<HistoryEntry>({ at: time, what: text, by: optional(text) })),
});

export const BANDS = ['red_candidate', 'normal', 'warning', 'interview', 'black'] as const;
export type Band = (typeof BANDS)[number];

export interface Carrier {
  uscc: string;
  name: string;
  status: string;
  trucks: number;
  score_centi: Centi;
  band: Band;
  listed_since: EpochMs | null;
  deductions: number;
}
const carrierShape: { [K in keyof Carrier]: Decoder<Carrier[K]> } = {
  uscc: text,
  name: text,
  status: text,
  trucks: integer,
  score_centi: integer,
  band: word(BANDS),
  listed_since: optional(time),
  deductions: integer,
};
export const carrier: Decoder<Carrier> = object<Carrier>(carrierShape);
export interface CarrierList {
  carriers: Carrier[];
}
export const carrierList: Decoder<CarrierList> = object<CarrierList>({ carriers: list(carrier) });

/** One line that explains the score, in both languages. */
export interface ExplanationLine {
  zh: string;
  en: string;
}
const explanationLine: Decoder<ExplanationLine> = (value, path) => {
  if (typeof value === 'string') return { zh: value, en: value };
  const zh = text(members(value, path)['zh'], `${path}.zh`);
  return { zh, en: optional(text)(members(value, path)['en'], `${path}.en`) ?? zh };
};
export interface CarrierDetail extends Carrier {
  explanation: ExplanationLine[];
}
export const carrierDetail: Decoder<CarrierDetail> = object<CarrierDetail>({
  ...carrierShape,
  explanation: list(explanationLine),
});

export interface ListingCause {
  rule: string;
  rule_name_zh: string;
  rule_name_en: string;
  case_no: string;
  occurred_at: EpochMs;
  amount_centi: Centi;
}
export interface Listing {
  uscc: string;
  name: string;
  score_centi: Centi;
  since: EpochMs;
  cause: ListingCause[];
  feed_seq: number;
}
const listing = object<Listing>({
  uscc: text,
  name: text,
  score_centi: integer,
  since: time,
  cause: list(
    object<ListingCause>({
      rule: text,
      rule_name_zh: text,
      rule_name_en: text,
      case_no: text,
      occurred_at: time,
      amount_centi: integer,
    }),
  ),
  feed_seq: integer,
});
export interface Blacklist {
  listed: Listing[];
  as_of: EpochMs;
}
export const blacklist: Decoder<Blacklist> = object<Blacklist>({ listed: list(listing), as_of: time });

export const MAP_LAYERS = ['site', 'zone', 'route', 'boundary'] as const;
export type MapLayer = (typeof MAP_LAYERS)[number];
/** A fence, route or outline on the map, in WGS-84. */
export interface MapFeature {
  layer: MapLayer;
  id: string;
  name: string;
  kind: string | null;
  limit_kmh: number | null;
  geometry: Geometry;
}
export type Position = [lon: number, lat: number];
export type Geometry =
  | { type: 'LineString'; coordinates: Position[] }
  | { type: 'MultiLineString'; coordinates: Position[][] }
  | { type: 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] };

const position: Decoder<Position> = (value, path) => {
  const [lon, lat] = list(number)(value, path);
  return [longitude(lon, `${path}[0]`), latitude(lat, `${path}[1]`)];
};
const geometry: Decoder<Geometry> = (value, path) => {
  const { type, coordinates } = members(value, path);
  const at = `${path}.coordinates`;
  switch (word(['LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'])(type, `${path}.type`)) {
    case 'LineString':
      return { type: 'LineString', coordinates: list(position)(coordinates, at) };
    case 'MultiLineString':
      return { type: 'MultiLineString', coordinates: list(list(position))(coordinates, at) };
    case 'Polygon':
      return { type: 'Polygon', coordinates: list(list(position))(coordinates, at) };
    case 'MultiPolygon':
      return { type: 'MultiPolygon', coordinates: list(list(list(position)))(coordinates, at) };
  }
};
const mapFeature: Decoder<MapFeature> = (value, path) => {
  const feature = members(value, path);
  const properties = object<Omit<MapFeature, 'geometry'>>({
    layer: word(MAP_LAYERS),
    id: text,
    name: text,
    kind: optional(text),
    limit_kmh: optional(number),
  })(feature['properties'], `${path}.properties`);
  return { ...properties, geometry: geometry(feature['geometry'], `${path}.geometry`) };
};
export interface MapFeatures {
  features: MapFeature[];
}
export const mapFeatures: Decoder<MapFeatures> = object<MapFeatures>({ features: list(mapFeature) });

/** `event: listing`: a company came on the black list or left it. */
export interface ListingEvent {
  action: 'list' | 'delist';
  name: string;
}
export const listingEvent: Decoder<ListingEvent> = (value, path) => {
  const { action, row } = members(value, path);
  return {
    action: word(['list', 'delist'])(action, `${path}.action`),
    name: text(members(row, `${path}.row`)['name'], `${path}.row.name`),
  };
};

/** A terminal and what it may do. */
export interface TerminalRow {
  terminal: string;
  plate: string | null;
  standing: string;
  online: boolean;
  profile: string | null;
  maker: string;
  model: string;
  registered: EpochMs | null;
}
export interface TerminalList {
  terminals: TerminalRow[];
}
export const terminalList: Decoder<TerminalList> = object<TerminalList>({
  terminals: list(
    object<TerminalRow>({
      terminal: text,
      plate: optional(text),
      standing: text,
      online: flag,
      profile: optional(text),
      maker: text,
      model: text,
      registered: optional(time),
    }),
  ),
});

/** A terminal that asked and was refused. */
export interface PendingTerminal {
  terminal: string;
  maker: string;
  model: string;
  device_id: string;
  plate: string;
  refusal: string;
  refusal_zh: string;
  address: string;
  last: EpochMs;
  attempts: number;
}
export interface PendingList {
  pending: PendingTerminal[];
}
export const pendingList: Decoder<PendingList> = object<PendingList>({
  pending: list(
    object<PendingTerminal>({
      terminal: text,
      maker: text,
      model: text,
      device_id: text,
      plate: text,
      refusal: text,
      refusal_zh: text,
      address: text,
      last: time,
      attempts: integer,
    }),
  ),
});

/** What was decided on a terminal. */
export interface TerminalDecided {
  terminal: string;
  plate: string | null;
  /** An authentication code, if one was asked for; it is not shown again. */
  code: string | null;
}
export const terminalDecided: Decoder<TerminalDecided> = object<TerminalDecided>({
  terminal: text,
  plate: optional(text),
  code: optional(text),
});
