// A picture's bytes as a text that fits into an address, and back: a dot, then base64url (RFC 4648, unpadded) of raw deflate.

const OWN = "."; // what the text of one's own picture begins with
const AT_ONCE = 8192; // bytes that one call takes as arguments

export const isOwn = (picture) => picture.startsWith(OWN);

export async function packed(bytes) {
  return OWN + base64Of(await through(bytes, new CompressionStream("deflate-raw"))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// Rejects where the text is none of `packed`.
export async function unpacked(text) {
  const letters = atob(text.slice(OWN.length).replaceAll("-", "+").replaceAll("_", "/"));
  return through(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)), new DecompressionStream("deflate-raw"));
}

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

function base64Of(bytes) {
  let letters = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) letters += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(letters);
}
