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
  const tables = header.extents.map(([start, stop], axis) => ({
    start,
    stop,
    size: arrays.input.shape[axis + 1],
    outputs: arrays[`positions${axis}`].shape[0],
    taps: arrays[`positions${axis}`].shape[1],
    positions: arrays[`positions${axis}`].data,
    reads: arrays[`reads${axis}`].data,
    places: arrays[`places${axis}`].data,
  }));
  return { ...header, ...arrays, tables };
}
