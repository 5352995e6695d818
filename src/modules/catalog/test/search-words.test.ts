import assert from 'node:assert/strict';
import { test } from 'node:test';

import { searchedWords, wordsOf } from '../domain/search-words.ts';

test('words are told apart by letters and digits, whatever stands between', () => {
  assert.deepEqual(wordsOf('MUG-1: "red"\n(large)'), ['mug', '1', 'red', 'large']);
  assert.deepEqual(wordsOf('tea tea TEA'), ['tea']);
  assert.deepEqual(wordsOf(' -- !? '), []);
});

test('capitals and accents make no difference, in any script', () => {
  assert.deepEqual(wordsOf('Café'), wordsOf('CAFE'));
  assert.deepEqual(wordsOf('Ελλάδα'), wordsOf('ΕΛΛΑΔΑ'));
  assert.deepEqual(wordsOf('茶碗 чашка'), ['茶碗', 'чашка']);
  assert.deepEqual(wordsOf('İstanbul'), ['istanbul']);
});

test('a very long word is cut the same way in a product and in a search', () => {
  const long = 'x'.repeat(90);
  assert.deepEqual(wordsOf(long), ['x'.repeat(40), 'x'.repeat(10)]);
  assert.equal(searchedWords(`${long}yz`).at(-1), `${'x'.repeat(10)}yz`);
});

test('a search looks for ten words at most', () => {
  assert.equal(searchedWords('a b c d e f g h i j k l').length, 10);
});
