// Bytes from the server into a scene: the header as it is, every array as a typed array.
// Layout: uint32 header length, header (JSON, UTF-8), zero bytes up to a multiple of 8, arrays each starting at a multiple of 8.

const ARRAY_TYPES = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

const ALIGNMENT = 8;

const align = (offset) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

export function decode(bytes) {
  const copy = bytes.slice(); // typed views need their own, aligned buffer
  const headerLength = new DataView(copy.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + headerLength)));
  const arrays = {};
  let offset = align(4 + headerLength);
  for (const { name, dtype, shape } of header.arrays) {
    const length = shape.reduce((product, size) => product * size, 1);
    arrays[name] = { shape, data: new ARRAY_TYPES[dtype](copy.buffer, offset, length) };
    offset = align(offset + arrays[name].data.byteLength);
  }
  return makeScene(header, arrays);
}

function makeScene(header, arrays) {
  const { arrays: _, grids, relations, ...rest } = header;
  const scene = { ...rest, grids: {} };
  for (const [name, grid] of Object.entries(grids)) {
    scene.grids[name] = { name, ...grid, ...arrays[name], lead: grid.role === "weight" ? 2 : 1 };
  }
  scene.relations = relations.map((relation, index) => makeRelation(relation, index, arrays));
  for (const { weight, groups } of scene.relations) {
    if (weight) scene.grids[weight].inputs = scene.grids[weight].shape[1] * groups;
  }
  scene.dimension = relations[0].axes;
  return scene;
}

function makeRelation(relation, index, arrays) {
  const array = (name) => arrays[`${index}.${name}`];
  const tables = Array.from({ length: relation.axes }, (_, axis) => ({
    rows: array(`reads${axis}`).shape[0],
    taps: array(`reads${axis}`).shape[1],
    positions: array(`positions${axis}`).data,
    reads: array(`reads${axis}`).data,
    places: array(`places${axis}`).data,
  }));
  return { ...relation, index, tables, bias: array("bias"), winners: array("winners"), remembered: array("remembered") };
}
