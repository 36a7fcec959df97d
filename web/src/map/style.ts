/** The map's style: no tiles, no glyph files, no outside host; everything drawn from the service's own data. */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';

/** Plates are written from this zoom on: farther out they cover each other. */
export const PLATES_FROM_ZOOM = 12;

/** Colours of the fences, also used by the legend (`styles/map.css`). */
const SITE_COLOURS = ['match', ['get', 'look'], 'source', '#8a5a00', 'sink', '#1d6b3a', '#56606b'];
const ZONE_COLOURS = ['match', ['get', 'look'], 'no_go', '#b3261e', '#9a5b00'];
const SITES = ['in', ['get', 'look'], ['literal', ['source', 'sink', 'other']]];
const ZONES = ['in', ['get', 'look'], ['literal', ['no_go', 'limit']]];

const EMPTY = { type: 'FeatureCollection', features: [] } as const;

/** A font name without a font file: MapLibre draws every glyph from the machine's own fonts. */
const FONT = ['Noto Sans CJK SC'];

const LAYERS = [
  { id: 'background', type: 'background', paint: { 'background-color': '#eef2f6' } },
  {
    id: 'boundary',
    type: 'line',
    source: 'fences',
    filter: ['==', ['get', 'look'], 'boundary'],
    paint: { 'line-color': '#6b7785', 'line-width': 1.5, 'line-dasharray': [4, 2] },
  },
  {
    id: 'zones-area',
    type: 'fill',
    source: 'fences',
    filter: ZONES,
    paint: { 'fill-color': ZONE_COLOURS, 'fill-opacity': 0.1 },
  },
  {
    id: 'zones-edge',
    type: 'line',
    source: 'fences',
    filter: ZONES,
    paint: { 'line-color': ZONE_COLOURS, 'line-width': 1.5, 'line-dasharray': [3, 2] },
  },
  {
    id: 'routes',
    type: 'line',
    source: 'fences',
    filter: ['==', ['get', 'look'], 'route'],
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#9db8d6', 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 2, 15, 7] },
  },
  {
    id: 'sites-area',
    type: 'fill',
    source: 'fences',
    filter: SITES,
    paint: { 'fill-color': SITE_COLOURS, 'fill-opacity': 0.22 },
  },
  { id: 'sites-edge', type: 'line', source: 'fences', filter: SITES, paint: { 'line-color': SITE_COLOURS, 'line-width': 2 } },
  {
    id: 'permitted',
    type: 'line',
    source: 'permitted',
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#0b4f9e', 'line-width': 5, 'line-opacity': 0.75 },
  },
  {
    id: 'track',
    type: 'line',
    source: 'track',
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': ['coalesce', ['get', 'colour'], '#5b2a86'], 'line-width': ['coalesce', ['get', 'width'], 3], 'line-opacity': 0.9 },
  },
  {
    id: 'fence-names',
    type: 'symbol',
    source: 'fences',
    filter: ['any', SITES, ZONES],
    layout: {
      'text-field': ['get', 'label'],
      'text-font': FONT,
      'text-size': 12,
      // Two names at one place collide; work sites and sinks matter more than zones.
      'symbol-sort-key': ['match', ['get', 'look'], 'source', 0, 'sink', 1, 'no_go', 2, 3],
    },
    paint: { 'text-color': '#33404d', 'text-halo-color': '#ffffff', 'text-halo-width': 1.5 },
  },
  {
    id: 'clue-place',
    type: 'circle',
    source: 'place',
    paint: {
      'circle-radius': 9,
      'circle-color': 'rgba(255,255,255,0)',
      'circle-stroke-color': '#5b2a86',
      'circle-stroke-width': 3,
    },
  },
  {
    id: 'cells',
    type: 'circle',
    source: 'cells',
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['get', 'trucks'], 1, 8, 50, 16, 1000, 30],
      'circle-color': '#e6effa',
      'circle-stroke-color': ['case', ['>', ['get', 'with_clue'], 0], '#b3261e', '#0b4f9e'],
      'circle-stroke-width': ['case', ['>', ['get', 'with_clue'], 0], 3, 1.5],
    },
  },
  {
    id: 'cell-counts',
    type: 'symbol',
    source: 'cells',
    layout: { 'text-field': ['to-string', ['get', 'trucks']], 'text-font': FONT, 'text-size': 12, 'text-allow-overlap': true },
    paint: { 'text-color': '#16222e' },
  },
  {
    id: 'cursor',
    type: 'circle',
    source: 'cursor',
    paint: { 'circle-radius': 8, 'circle-color': '#ffffff', 'circle-stroke-color': '#16222e', 'circle-stroke-width': 4 },
  },
  {
    id: 'chosen-truck',
    type: 'circle',
    source: 'trucks',
    filter: ['==', ['get', 'plate'], ''],
    paint: { 'circle-radius': 20, 'circle-color': 'rgba(11,92,173,0.15)', 'circle-stroke-color': '#0b3d7a', 'circle-stroke-width': 2 },
  },
  {
    id: 'trucks',
    type: 'symbol',
    source: 'trucks',
    layout: {
      'icon-image': ['get', 'icon'],
      'icon-rotate': ['get', 'course_deg'],
      'icon-rotation-alignment': 'map',
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-sort-key': ['get', 'rank'],
    },
  },
  {
    id: 'plates',
    type: 'symbol',
    source: 'trucks',
    minzoom: PLATES_FROM_ZOOM,
    layout: {
      'text-field': ['get', 'label'],
      'text-font': FONT,
      'text-size': 13,
      'text-offset': [0, 1.7],
      'text-optional': true,
      'symbol-sort-key': ['-', 0, ['get', 'rank']],
    },
    paint: { 'text-color': '#12212f', 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
  },
];

/** Layers of sites, zones and routes, switched together. */
export const FENCE_LAYERS = ['boundary', 'zones-area', 'zones-edge', 'routes', 'sites-area', 'sites-edge', 'fence-names'] as const;

/** Sources `fences`, `trucks`, `track`, `place`, `cursor`, `cells`; layers from the ground up. */
export function mapStyle(): StyleSpecification {
  const source = () => ({ type: 'geojson' as const, data: { ...EMPTY, features: [] } });
  return {
    version: 8,
    sources: { fences: source(), track: source(), place: source(), cursor: source(), cells: source(), permitted: source(), trucks: source() },
    layers: LAYERS as LayerSpecification[],
  };
}
