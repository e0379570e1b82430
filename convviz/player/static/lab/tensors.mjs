// Safetensors: the length of a header, the header as JSON, then the numbers of all tensors.

const KINDS = { F32: Float32Array, I32: Int32Array, U8: Uint8Array };
const LENGTH = 8; // bytes

// {name: {shape, data}, …} of a file's bytes.
export function readTensors(bytes) {
  return readFile(bytes).tensors;
}

// The same, with what the file tells beside its numbers, as `told`.
export function readAnswer(bytes) {
  const { tensors, told } = readFile(bytes);
  return { ...tensors, told: JSON.parse(told ?? "null") };
}

function readFile(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = LENGTH + Number(view.getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH, start)));
  const tensors = Object.fromEntries(Object.entries(header).map(([name, told]) => [name, read(bytes, start, name, told)]));
  return { tensors, told: __metadata__?.told };
}

function read(bytes, start, name, { dtype, shape, data_offsets: [from, to] }) {
  const Kind = KINDS[dtype];
  if (!Kind) throw new Error(`${name} is of ${dtype}: only ${Object.keys(KINDS).join(" and ")} are read`);
  // A copy: where tensors lie in the file, numbers of four bytes need not be aligned.
  return { shape, data: new Kind(bytes.slice(start + from, start + to).buffer) };
}

// The bytes of a text in base64.
export const fromBase64 = (text) => Uint8Array.from(atob(text ?? ""), (letter) => letter.charCodeAt(0));
