/** Longer words are cut into several, here and in what is searched for, so that they still meet. */
const word = /[\p{L}\p{N}]{1,40}/gu;

/** More words than anybody types; each costs a look into the index. */
const maxWords = 10;

/**
 * The distinct words of a text, without capitals, accents and whatever is neither letter nor digit.
 * Both databases index these words as they stand, so that both find the same.
 */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...new Set(plain.match(word) ?? [])];
}

/** The words of a search. None: whoever looks for nothing in particular sees everything. */
export function searchedWords(search: string): readonly string[] {
  return wordsOf(search).slice(0, maxWords);
}
