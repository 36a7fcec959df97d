/**
 * What lies under the data: nothing, raster tiles through this service, or a PMTiles file of its own. Part of the map's chunk.
 * The choice is kept on the device by its id; nothing else is.
 */
import { addProtocol, type IControl, type LayerSpecification, type Map as MapLibre } from 'maplibre-gl';
import { PMTiles, Protocol } from 'pmtiles';
import { get } from '../api/client';
import { type Decoder, flag, integer, list, object, optional, text, word } from '../api/decode';
import type { BasemapCrs } from './project';

export interface Basemap {
  id: string;
  name_zh: string;
  name_en: string;
  kind: 'raster' | 'pmtiles';
  crs: BasemapCrs;
  path: string;
  min_zoom: number;
  max_zoom: number;
  tile_size: number;
  attribution: string;
  labels: string | null;
  hidden: boolean;
}

export interface Basemaps {
  basemaps: Basemap[];
  default: string | null;
}

export const basemaps: Decoder<Basemaps> = object<Basemaps>({
  basemaps: list(
    object<Basemap>({
      id: text,
      name_zh: text,
      name_en: text,
      kind: word(['raster', 'pmtiles']),
      crs: word(['wgs84', 'gcj02']),
      path: text,
      min_zoom: integer,
      max_zoom: integer,
      tile_size: integer,
      attribution: text,
      labels: optional(text),
      hidden: flag,
    }),
  ),
  default: optional(text),
});

const KEPT = 'basemap';
/** The choice of none, which is no id: ids have no upper-case letters. */
const NONE = 'NONE';

let asked: Promise<Basemaps> | null = null;

/** Which basemaps there are; asked once a page. Who may not know them has none. */
function known(): Promise<Basemaps> {
  asked ??= get('/api/v1/basemaps', basemaps).catch(() => {
    asked = null;
    return { basemaps: [], default: null };
  });
  return asked;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(id: string): void {
  try {
    localStorage.setItem(KEPT, id);
  } catch {
    // A browser that keeps nothing: the default comes again.
  }
}

const protocol = new Protocol();
let has_protocol = false;

/** First layer of the data: everything of a basemap lies below it. */
const FIRST_OF_DATA = 'boundary';
const PREFIX = 'basemap-';

/** Takes the basemap off and puts another under the data. */
async function draw(map: MapLibre, chosen: Basemap | null, all: readonly Basemap[]): Promise<void> {
  for (const { id } of map.getStyle().layers) if (id.startsWith(PREFIX)) map.removeLayer(id);
  for (const id of Object.keys(map.getStyle().sources)) if (id.startsWith(PREFIX)) map.removeSource(id);
  for (let next = chosen, depth = 0; next !== null && depth < 2; depth += 1) {
    await put(map, next);
    const labels: string | null = next.labels;
    next = all.find(({ id }) => id === labels) ?? null;
  }
}

async function put(map: MapLibre, basemap: Basemap): Promise<void> {
  const source = `${PREFIX}${basemap.id}`;
  const before = map.getLayer(FIRST_OF_DATA) === undefined ? undefined : FIRST_OF_DATA;
  const zooms = { minzoom: basemap.min_zoom, maxzoom: basemap.max_zoom, attribution: basemap.attribution };
  if (basemap.kind === 'raster') {
    map.addSource(source, { type: 'raster', tiles: [`${location.origin}${basemap.path}`], tileSize: basemap.tile_size, ...zooms });
    map.addLayer({ id: source, type: 'raster', source }, before);
    return;
  }
  if (!has_protocol) {
    addProtocol('pmtiles', protocol.tile);
    has_protocol = true;
  }
  const archive = new PMTiles(`${location.origin}${basemap.path}`);
  protocol.add(archive);
  const { tileType, minZoom, maxZoom } = await archive.getHeader();
  const url = `pmtiles://${archive.source.getKey()}`;
  const own = { minzoom: minZoom, maxzoom: maxZoom, attribution: basemap.attribution };
  // 1 is vector tiles; everything else an archive of pictures.
  if (tileType !== 1) {
    map.addSource(source, { type: 'raster', tiles: [`${url}/{z}/{x}/{y}`], tileSize: basemap.tile_size, ...own });
    map.addLayer({ id: source, type: 'raster', source }, before);
    return;
  }
  map.addSource(source, { type: 'vector', tiles: [`${url}/{z}/{x}/{y}`], ...own });
  for (const layer of vectorLayers(source)) map.addLayer(layer, before);
}

/** A quiet ground of the Protomaps schema: land, water, roads, boundaries, names. */
function vectorLayers(source: string): LayerSpecification[] {
  const layer = (id: string, of: string, rest: object) => ({ id: `${source}-${id}`, source, 'source-layer': of, ...rest }) as LayerSpecification;
  const width = (at_6: number, at_16: number) => ['interpolate', ['exponential', 1.4], ['zoom'], 6, at_6, 16, at_16];
  const kind = (...kinds: string[]) => ['in', ['get', 'kind'], ['literal', kinds]];
  return [
    layer('earth', 'earth', { type: 'fill', paint: { 'fill-color': '#f4f3ee' } }),
    layer('green', 'landuse', { type: 'fill', filter: kind('park', 'forest', 'wood', 'grass', 'nature_reserve'), paint: { 'fill-color': '#dfead6' } }),
    layer('water', 'water', { type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#c3dbec' } }),
    layer('river', 'water', { type: 'line', filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': '#a9cbe2', 'line-width': width(0.4, 3) } }),
    layer('minor', 'roads', { type: 'line', minzoom: 12, filter: kind('minor_road', 'other', 'path'), paint: { 'line-color': '#ffffff', 'line-width': width(0.2, 6) } }),
    layer('major', 'roads', { type: 'line', filter: kind('major_road', 'medium_road'), paint: { 'line-color': '#e6d9b8', 'line-width': width(0.5, 10) } }),
    layer('highway', 'roads', { type: 'line', filter: kind('highway'), paint: { 'line-color': '#e0b872', 'line-width': width(0.8, 12) } }),
    layer('border', 'boundaries', { type: 'line', paint: { 'line-color': '#9a94a8', 'line-width': 1, 'line-dasharray': [3, 2] } }),
    layer('place', 'places', {
      type: 'symbol',
      layout: {
        'text-field': ['coalesce', ['get', 'name:zh-Hans'], ['get', 'name:zh'], ['get', 'name']],
        'text-font': ['Noto Sans CJK SC'],
        'text-size': ['interpolate', ['linear'], ['zoom'], 6, 11, 14, 15],
      },
      paint: { 'text-color': '#4c5a68', 'text-halo-color': '#ffffff', 'text-halo-width': 1.5 },
    }),
  ];
}

export interface BasemapWords {
  choose: string;
  none: string;
  language: 'zh' | 'en';
}

/** The choice of the basemap, on the map itself. Not there when there is nothing to choose. */
export class BasemapControl implements IControl {
  private readonly box = document.createElement('div');
  private all: readonly Basemap[] = [];
  private gone = false;
  /** Counts choices: an archive that opens late does not take the place of a later choice. */
  private choices = 0;

  constructor(
    private readonly words: BasemapWords,
    private readonly onCrs: (crs: BasemapCrs) => void,
  ) {}

  onAdd(map: MapLibre): HTMLElement {
    this.box.className = 'maplibregl-ctrl basemap-choice';
    this.box.hidden = true;
    void known().then(({ basemaps: all, default: first }) => {
      if (this.gone || all.length === 0) return;
      this.all = all;
      const wanted = kept() ?? first ?? NONE;
      const offered = all.filter(({ hidden }) => !hidden);
      const chosen = offered.find(({ id }) => id === wanted) ?? null;
      this.show(map, offered, chosen);
      if (chosen !== null) this.choose(map, chosen);
    });
    return this.box;
  }

  onRemove(): void {
    this.gone = true;
    this.box.remove();
  }

  private show(map: MapLibre, offered: readonly Basemap[], chosen: Basemap | null): void {
    const select = document.createElement('select');
    select.setAttribute('aria-label', this.words.choose);
    const option = (value: string, name: string) => {
      const made = document.createElement('option');
      made.value = value;
      made.textContent = name;
      made.selected = value === (chosen?.id ?? NONE);
      select.append(made);
    };
    option(NONE, this.words.none);
    for (const { id, name_zh, name_en } of offered) option(id, this.words.language === 'zh' ? name_zh : name_en);
    const source = document.createElement('span');
    source.className = 'basemap-source';
    source.textContent = chosen?.attribution ?? '';
    select.addEventListener('change', () => {
      keep(select.value);
      const next = offered.find(({ id }) => id === select.value) ?? null;
      source.textContent = next?.attribution ?? '';
      this.choose(map, next);
    });
    this.box.append(select, source);
    this.box.hidden = false;
  }

  private choose(map: MapLibre, basemap: Basemap | null): void {
    this.choices += 1;
    const choice = this.choices;
    const act = () => {
      if (this.gone || choice !== this.choices) return;
      this.onCrs(basemap?.crs ?? 'wgs84');
      // What cannot be drawn leaves the data on plain ground.
      draw(map, basemap, this.all).catch(() => undefined);
    };
    // Not `isStyleLoaded`: it is false whenever any data is under way.
    if (map.getLayer(FIRST_OF_DATA) !== undefined) act();
    else map.once('load', act);
  }
}
