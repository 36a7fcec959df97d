/** The trucks' signs, drawn on a canvas: no sprite file. Each state has a shape of its own besides its colour. */
import type { Map as MapLibre } from 'maplibre-gl';
import { type Shape, STATE_COLOUR } from '../trucks/look';

/** Side of a sign in CSS pixels; drawn twice as fine. */
const SIZE_PX = 34;
const PIXEL_RATIO = 2;
const HALO = '#ffffff';

const SHAPES: readonly Shape[] = ['normal', 'clue', 'offline', 'stale'];

/** Adds `normal-moving`, `normal-still`, `clue-moving` … to the map. */
export function addTruckIcons(map: MapLibre): void {
  for (const shape of SHAPES) {
    for (const motion of ['moving', 'still'] as const) {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = SIZE_PX * PIXEL_RATIO;
      const pen = canvas.getContext('2d');
      if (pen === null) continue;
      pen.scale(PIXEL_RATIO, PIXEL_RATIO);
      pen.translate(SIZE_PX / 2, SIZE_PX / 2);
      draw(pen, shape, motion === 'moving');
      const image = pen.getImageData(0, 0, canvas.width, canvas.height);
      map.addImage(`${shape}-${motion}`, image, { pixelRatio: PIXEL_RATIO });
    }
  }
}

function draw(pen: CanvasRenderingContext2D, shape: Shape, moving: boolean): void {
  const colour = STATE_COLOUR[shape];
  pen.lineJoin = 'round';
  if (shape === 'clue') {
    // A ring around the sign, and the sign larger.
    ring(pen, 14.5, HALO, 5);
    ring(pen, 14.5, colour, 2.5);
  }
  if (shape === 'offline') {
    disc(pen, 8.5, '#ffffff', colour, 2.5);
    pen.beginPath();
    pen.moveTo(-4, -4);
    pen.lineTo(4, 4);
    pen.moveTo(4, -4);
    pen.lineTo(-4, 4);
    pen.strokeStyle = colour;
    pen.lineWidth = 2.5;
    pen.stroke();
    return;
  }
  const [fill, line] = shape === 'stale' ? ['#ffffff', colour] : [colour, HALO];
  if (!moving) {
    disc(pen, 6.5, fill, line, 2);
    return;
  }
  pen.beginPath();
  pen.moveTo(0, -11);
  pen.lineTo(8, 9);
  pen.lineTo(0, 5);
  pen.lineTo(-8, 9);
  pen.closePath();
  pen.fillStyle = fill;
  pen.strokeStyle = line;
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
}

function ring(pen: CanvasRenderingContext2D, radius: number, colour: string, width: number): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

function disc(pen: CanvasRenderingContext2D, radius: number, fill: string, line: string, width: number): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = line;
  pen.lineWidth = width;
  pen.stroke();
}
