// Late interaction as numbers, apart from how it is drawn.

const special = /^\[.*\]$/;

/** A word piece as people read it: a continuation's ## becomes a dot. */
export const readable = (piece) => (piece.startsWith("##") && piece.length > 2 ? `·${piece.slice(2)}` : piece);

/**
 * The winning pairs, one a query piece: {row, piece, weight, column, match, similarity, score}. `column` is the place
 * among the interaction's passage pieces, null where the server gave no picture but only the pairs.
 */
export function winningPairs(explanation) {
  const { interaction, colbert } = explanation;
  if (!interaction) {
    return (colbert ?? []).map(({ query_piece: piece, query_weight: weight, passage_piece: match, similarity }, row) => {
      return { row, piece, weight, column: null, match, similarity, score: weight * similarity };
    });
  }
  return interaction.query_pieces.map((piece, row) => {
    const similarities = interaction.similarities[row];
    const column = similarities.reduce((best, one, other) => (one > similarities[best] ? other : best), 0);
    const match = interaction.passage_pieces[column]?.piece ?? "";
    const [weight, similarity] = [interaction.query_weights[row], similarities[column] ?? 0];
    return { row, piece, weight, column, match, similarity, score: weight * similarity };
  });
}

/**
 * How dark each similarity is drawn, 0 to 1. Most pairs are alike to a middling degree, so the scale begins
 * above seven tenths of them: what stands out is seen.
 */
export class Scale {
  constructor(similarities) {
    const sorted = similarities.flat().sort((one, other) => one - other);
    this.low = sorted[Math.floor(sorted.length * 0.7)] ?? 0;
    this.high = sorted.at(-1) ?? 1;
  }

  shade(similarity) {
    const range = this.high - this.low;
    if (!(range > 0)) return 0;
    return Math.min(1, Math.max(0, (similarity - this.low) / range)) ** 1.4;
  }
}

/** For each passage piece, the shade under one query piece, or the deepest under all where `row` is null. */
export function pieceShades({ similarities, passage_pieces: pieces }, scale, row) {
  const rows = row === null ? similarities : [similarities[row]];
  return pieces.map((_, column) => Math.max(0, ...rows.map((one) => scale.shade(one[column]))));
}

/** Whether a piece is one of the model's own, such as [CLS]. */
export const isSpecial = (piece) => special.test(piece);
