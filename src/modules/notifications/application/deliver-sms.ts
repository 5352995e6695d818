import { type DeliverySaga, delivery } from './delivery.ts';
import type { SmsGateway } from './sms-gateway.ts';

/** Hands one text message to the gateway, which knows it again by its reference. */
export function deliverSms(gateway: SmsGateway): DeliverySaga {
  return delivery('deliverSms', {
    send: ({ id: reference, to, text }, signal) => gateway.send({ to, text, reference }, signal),
  });
}
