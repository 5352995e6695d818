const sentences: Readonly<Record<string, string>> = {
  out_of_stock: 'some of its items were sold out.',
  payment_declined: 'the payment was declined.',
};

/** Why an order was rejected, as its customer reads it. */
export function reasonText(reason: string): string {
  return sentences[reason] ?? 'something went wrong on our side.';
}
