// What people write who have had types made of the document: only what must be sent, and what comes back.
import type { components, operations, paths } from "./api";

type Sent<name extends keyof operations> = operations[name] extends {
  requestBody: { content: { "application/json": infer body } };
}
  ? body
  : never;
type Answer<name extends keyof operations> = operations[name] extends {
  responses: { 201: { content: { "application/json": infer body } } };
}
  ? body
  : never;

export const partner: Sent<"createPartner"> = { name: "Ada" };
export const settings: Sent<"changeProgram"> = { origins: ["https://shop.example"] };
export const program: Sent<"createProgram"> = {
  name: "Tea Shop",
  landing_url: "https://shop.example/welcome",
  currency: "USD",
  rules: [{ on: "sale", to: "referrer", rate_bp: 1500 }],
};
export const sale: Sent<"createConversion"> = {
  program: "ext_tea",
  type: "sale",
  external_id: "order-1001",
  customer: { external_id: "customer-7" },
  amount: { amount: 1999, currency: "USD" },
};
export const batch: Sent<"createConversionBatch"> = { conversions: [{ ...sale }] };
export const lead: Sent<"reportLead"> = { external_id: "signup-1", customer: { external_id: "customer-7" } };
export const query: paths["/v1/partners/{id}/statement"]["get"]["parameters"]["query"] = { currency: "USD" };

export function say(answer: Answer<"createPartner">): string {
  return `${answer.id} ${answer.name} ${answer.email ?? "has no address"} ${answer.enrollments[0]?.share_url}`;
}

// Choices are closed: a state that there is not, and a code that there is not, are errors here.
export const state: components["schemas"]["RewardView"]["state"] = "held";
export const code: components["schemas"]["Problem"]["code"] = "link_not_found";
// @ts-expect-error
export const none: components["schemas"]["RewardView"]["state"] = "gone";
// @ts-expect-error
export const unknown: components["schemas"]["Problem"]["code"] = "no_such_code";
