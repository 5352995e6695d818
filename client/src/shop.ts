// Made by `npm run client` from the contracts. What you change here is lost.
import { composeCall, type RouteOf } from './calls.ts';
import { type CallOptions, composeSend, type ShopOptions } from './http.ts';
import { hasCode, type ShopProblem } from './problem.ts';
import { createSession, type Session, type Tokens } from './session.ts';

export { eachOf } from './calls.ts';
export type { CallOptions, ShopOptions } from './http.ts';
export { NoAnswer, type Problem, ShopProblem } from './problem.ts';
export type { Session, Tokens } from './session.ts';

/** What users may refuse. */
export type UsersFailure =
  | 'email_taken'
  | 'invalid_email'
  | 'invalid_credentials'
  | 'wrong_password'
  | 'invalid_refresh_token'
  | 'user_not_found'
  | 'invalid_code'
  | 'letter_gone'
  | 'nothing_to_verify'
  | 'last_administrator'
  | 'too_many_letters'
  | 'too_many_attempts'
  | 'too_many_logins';

export type Users = {
  /** Sign up. `POST /api/users` */
  createUser(
    input: {
      readonly email: string;
      readonly password: string;
      readonly username: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly pendingEmail: string | null;
    readonly username: string;
    readonly roles: readonly ('customer' | 'admin')[];
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Log in. `POST /api/auth/token` */
  authenticate(
    input: {
      readonly email: string;
      readonly password: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly tokenType: 'Bearer';
    readonly expiresIn: number;
  }>;

  /** Renew tokens. `POST /api/auth/refresh` */
  refreshTokens(
    input: {
      readonly refreshToken: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly tokenType: 'Bearer';
    readonly expiresIn: number;
  }>;

  /** Log out. `POST /api/auth/logout` */
  logout(
    input: {
      readonly refreshToken: string;
    },
    options?: CallOptions,
  ): Promise<void>;

  /** Show a user. `GET /api/users/:userId`, `GET /api/users/me` */
  getUser(
    input?:
      | {
          readonly userId: string;
        }
      | Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly pendingEmail: string | null;
    readonly username: string;
    readonly roles: readonly ('customer' | 'admin')[];
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Change a user. `PATCH /api/users/me` */
  updateUser(
    input?: {
      readonly username?: string;
      readonly email?: string;
      readonly currentPassword?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly pendingEmail: string | null;
    readonly username: string;
    readonly roles: readonly ('customer' | 'admin')[];
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Change my password. `POST /api/users/me/password` */
  changePassword(
    input: {
      readonly currentPassword: string;
      readonly password: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly tokenType: 'Bearer';
    readonly expiresIn: number;
  }>;

  /** Verify by a new letter. `POST /api/users/me/email-verification` */
  resendEmailVerification(
    input?: Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<Readonly<Record<string, never>>>;

  /** Delete my account. `POST /api/users/me/deletion` */
  deleteAccount(
    input: {
      readonly password: string;
    },
    options?: CallOptions,
  ): Promise<void>;

  /** Ask for a new password by mail. `POST /api/auth/password-reset` */
  requestPasswordReset(
    input: {
      readonly email: string;
    },
    options?: CallOptions,
  ): Promise<Readonly<Record<string, never>>>;

  /** Set a new password by a code. `POST /api/auth/password-reset/confirm` */
  resetPassword(
    input: {
      readonly code: string;
      readonly password: string;
    },
    options?: CallOptions,
  ): Promise<void>;

  /** Verify an address. `POST /api/auth/email-verification/confirm` */
  verifyEmail(
    input: {
      readonly code: string;
    },
    options?: CallOptions,
  ): Promise<void>;

  /** Delete a user. `DELETE /api/users/:userId` */
  deleteUser(
    input: {
      readonly userId: string;
    },
    options?: CallOptions,
  ): Promise<void>;

  /** Keys of access tokens. `GET /.well-known/jwks.json` */
  getSigningKeys(
    input?: Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<{
    readonly keys: readonly {
      readonly kty: 'OKP';
      readonly crv: 'Ed25519';
      readonly x: string;
      readonly kid: string;
      readonly alg: 'EdDSA';
      readonly use: 'sig';
    }[];
  }>;

  /** What is kept of a user. `GET /api/users/me/export` */
  exportAccount(
    input?: Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<{
    readonly users: readonly (
      | {
          readonly kind: 'account';
          readonly id: string;
          readonly email: string;
          readonly emailVerified: boolean;
          readonly pendingEmail: string | null;
          readonly username: string;
          readonly roles: readonly ('customer' | 'admin')[];
          readonly createdAt: string;
          readonly updatedAt: string;
        }
      | {
          readonly kind: 'session';
          readonly id: string;
          readonly openedAt: string;
          readonly expiresAt: string;
          readonly endedAt: string | null;
          readonly endedBy: string | null;
        }
      | {
          readonly kind: 'letter';
          readonly id: string;
          readonly letter: 'password_reset' | 'email_verification';
          readonly requestedAt: string;
          readonly expiresAt: string;
          readonly endedAt: string | null;
          readonly endedBy: string | null;
        }
    )[];
    readonly media: readonly {
      readonly kind: 'image';
      readonly image: {
        readonly id: string;
        readonly ownerId: string | null;
        readonly format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif';
        readonly width: number;
        readonly height: number;
        readonly bytes: number;
        readonly createdAt: string;
      };
      readonly url: string;
    }[];
    readonly payments: readonly {
      readonly kind: 'payment';
      readonly id: string;
      readonly orderId: string;
      readonly userId: string;
      readonly amount: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly refunded: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly refunding: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly status: 'pending' | 'succeeded' | 'declined' | 'cancelled';
      readonly declineCode?: string;
      readonly createdAt: string;
      readonly refunds: readonly {
        readonly id: string;
        readonly paymentId: string;
        readonly amount: {
          readonly amount: number;
          readonly currency: string;
        };
        readonly status: 'pending' | 'succeeded';
        readonly createdAt: string;
      }[];
    }[];
    readonly orders: readonly {
      readonly kind: 'order';
      readonly id: string;
      readonly userId: string;
      readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
      readonly reason:
        | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
        | null;
      readonly closing: ('cancelled' | 'refunded') | null;
      readonly items: readonly {
        readonly productId: string;
        readonly name: string;
        readonly quantity: number;
        readonly unitPrice: {
          readonly amount: number;
          readonly currency: string;
        };
      }[];
      readonly total: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly paymentId: string | null;
      readonly declineCode: string | null;
      readonly createdAt: string;
      readonly updatedAt: string;
      readonly changes: readonly {
        readonly id: number;
        readonly orderId: string;
        readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
        readonly reason:
          | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
          | null;
        readonly at: string;
      }[];
    }[];
    readonly notifications: readonly (
      | {
          readonly kind: 'message';
          readonly message: {
            readonly id: string;
            readonly channel: 'email' | 'sms';
            readonly template:
              | 'welcome'
              | 'email_verification'
              | 'email_changing'
              | 'password_reset'
              | 'account_changed'
              | 'order_completed'
              | 'order_rejected'
              | 'order_cancelled'
              | 'order_refunded'
              | 'payment_refunded'
              | 'daily_report'
              | 'text';
            readonly subject: string;
            readonly text: string;
            readonly createdAt: string;
          };
          readonly to: string;
        }
      | {
          readonly kind: 'preferences';
          readonly preferences: {
            readonly phone: string | null;
            readonly orders: readonly ('email' | 'sms')[];
          };
        }
    )[];
    readonly analytics: readonly {
      readonly kind: 'visit';
      readonly event: {
        readonly id: string;
        readonly name:
          | 'session_started'
          | 'page_viewed'
          | 'product_viewed'
          | 'search_made'
          | 'cart_updated'
          | 'checkout_started';
        readonly sessionId: string;
        readonly at?: string;
        readonly productId?: string;
        readonly path?: string;
      };
    }[];
  }>;
};

/** What media may refuse. */
export type MediaFailure =
  | 'unknown_media'
  | 'unsupported_image'
  | 'broken_image'
  | 'image_too_large'
  | 'quota_exceeded'
  | 'media_busy'
  | 'storage_unavailable'
  | 'invalid_cursor';

export type Media = {
  /** Keeps a picture. `POST /api/media` */
  uploadImage(
    input: Readonly<Record<string, never>>,
    file: Blob,
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly ownerId: string | null;
    readonly format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif';
    readonly width: number;
    readonly height: number;
    readonly bytes: number;
    readonly createdAt: string;
  }>;

  /** Lists the pictures that I have uploaded, the newest first. `GET /api/media` */
  listMedia(
    input?: {
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly id: string;
      readonly ownerId: string | null;
      readonly format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif';
      readonly width: number;
      readonly height: number;
      readonly bytes: number;
      readonly createdAt: string;
    }[];
    readonly nextCursor: string | null;
  }>;

  /** Shows a picture, resized and re-encoded. `GET /api/media/:mediaId` */
  getImage(
    input: {
      readonly mediaId: string;
      readonly w?: number;
      readonly h?: number;
      readonly fit?: 'inside' | 'cover' | 'contain';
      readonly format?: 'avif' | 'webp' | 'jpeg' | 'png';
    },
    options?: CallOptions,
  ): Promise<Response>;

  /** Makes a shape of a picture ahead of time. `POST /api/media/:mediaId/variants` */
  processImage(
    input: {
      readonly mediaId: string;
      readonly w?: number;
      readonly h?: number;
      readonly fit?: 'inside' | 'cover' | 'contain';
      readonly format?: 'avif' | 'webp' | 'jpeg' | 'png';
    },
    options?: CallOptions,
  ): Promise<{
    readonly bytes: number;
  }>;

  /** Deletes a picture. `DELETE /api/media/:mediaId` */
  deleteMedia(
    input: {
      readonly mediaId: string;
    },
    options?: CallOptions,
  ): Promise<void>;
};

/** What catalog may refuse. */
export type CatalogFailure =
  | 'unknown_product'
  | 'unknown_image'
  | 'sku_taken'
  | 'version_mismatch'
  | 'if_match_required'
  | 'invalid_cursor'
  | 'metadata_too_large';

export type Catalog = {
  /** Lists and searches products, newest first. `GET /api/products` */
  listProducts(
    input?: {
      readonly search?: string;
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly id: string;
      readonly sku: string;
      readonly name: string;
      readonly description: string;
      readonly price: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly imageIds: readonly string[];
      readonly version: number;
      readonly createdAt: string;
      readonly updatedAt: string;
    }[];
    readonly nextCursor: string | null;
  }>;

  /** Shows a product. `GET /api/products/:productId` */
  getProduct(
    input: {
      readonly productId: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly description: string;
    readonly price: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly imageIds: readonly string[];
    readonly version: number;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Lists the prices that a product has had, newest first. `GET /api/products/:productId/prices` */
  priceHistory(
    input: {
      readonly productId: string;
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly price: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly since: string;
      readonly version: number;
    }[];
    readonly nextCursor: string | null;
  }>;

  /** Adds a product. `POST /api/products` */
  createProduct(
    input: {
      readonly sku: string;
      readonly name: string;
      readonly description: string;
      readonly price: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly metadata?: Readonly<Record<string, unknown>>;
      readonly imageIds?: readonly string[];
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly description: string;
    readonly price: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly imageIds: readonly string[];
    readonly version: number;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Changes a product that nobody else changed meanwhile. `PATCH /api/products/:productId` */
  updateProduct(
    input: {
      readonly productId: string;
      readonly name?: string;
      readonly description?: string;
      readonly price?: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly metadata?: Readonly<Record<string, unknown>>;
      readonly imageIds?: readonly string[];
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly description: string;
    readonly price: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly imageIds: readonly string[];
    readonly version: number;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;
};

/** What inventory may refuse. */
export type InventoryFailure =
  | 'unknown_product'
  | 'out_of_stock'
  | 'stock_reserved'
  | 'reservation_released'
  | 'reservation_gone';

export type Inventory = {
  /** Tells how many units of a product there are. `GET /api/inventory/:productId` */
  getStock(
    input: {
      readonly productId: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly productId: string;
    readonly onHand: number;
    readonly reserved: number;
    readonly available: number;
  }>;

  /** Sets how many units of a product there are. `PUT /api/inventory/:productId` */
  updateStock(
    input: {
      readonly productId: string;
      readonly onHand: number;
    },
    options?: CallOptions,
  ): Promise<{
    readonly productId: string;
    readonly onHand: number;
    readonly reserved: number;
    readonly available: number;
  }>;
};

/** What payments may refuse. */
export type PaymentsFailure =
  | 'unknown_payment'
  | 'unknown_refund'
  | 'payment_abandoned'
  | 'payment_differs'
  | 'not_refundable'
  | 'refund_exceeds_payment'
  | 'refund_currency_differs'
  | 'webhook_malformed';

export type Payments = {
  /** Shows one payment. `GET /api/payments/:paymentId` */
  getPayment(
    input: {
      readonly paymentId: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly orderId: string;
    readonly userId: string;
    readonly amount: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly refunded: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly refunding: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly status: 'pending' | 'succeeded' | 'declined' | 'cancelled';
    readonly declineCode?: string;
    readonly createdAt: string;
  }>;

  /** Sends a charged payment back, in part or in full. `POST /api/payments/:paymentId/refunds` */
  refundPayment(
    input: {
      readonly paymentId: string;
      readonly amount?:
        | number
        | {
            readonly amount: number;
            readonly currency: string;
          };
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly paymentId: string;
    readonly amount: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly status: 'pending' | 'succeeded';
    readonly createdAt: string;
  }>;
};

/** What orders may refuse. */
export type OrdersFailure =
  | 'unknown_order'
  | 'customers_only'
  | 'unknown_product'
  | 'mixed_currencies'
  | 'total_too_large'
  | 'too_many_pending_orders'
  | 'out_of_stock'
  | 'payment_declined'
  | 'checkout_failed'
  | 'order_withdrawn'
  | 'invalid_cursor'
  | 'transition_refused';

export type Orders = {
  /** Places an order and begins its checkout. `POST /api/orders` */
  createOrder(
    input: {
      readonly items: readonly {
        readonly productId: string;
        readonly quantity: number;
      }[];
      readonly payment: {
        readonly method: 'card';
        readonly token: string;
      };
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly userId: string;
    readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    readonly reason:
      | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
      | null;
    readonly closing: ('cancelled' | 'refunded') | null;
    readonly items: readonly {
      readonly productId: string;
      readonly name: string;
      readonly quantity: number;
      readonly unitPrice: {
        readonly amount: number;
        readonly currency: string;
      };
    }[];
    readonly total: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly paymentId: string | null;
    readonly declineCode: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Lists orders, the newest first. `GET /api/orders` */
  listOrders(
    input?: {
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly id: string;
      readonly userId: string;
      readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
      readonly reason:
        | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
        | null;
      readonly closing: ('cancelled' | 'refunded') | null;
      readonly items: readonly {
        readonly productId: string;
        readonly name: string;
        readonly quantity: number;
        readonly unitPrice: {
          readonly amount: number;
          readonly currency: string;
        };
      }[];
      readonly total: {
        readonly amount: number;
        readonly currency: string;
      };
      readonly paymentId: string | null;
      readonly declineCode: string | null;
      readonly createdAt: string;
      readonly updatedAt: string;
    }[];
    readonly nextCursor: string | null;
  }>;

  /** Shows one order. `GET /api/orders/:orderId` */
  getOrder(
    input: {
      readonly orderId: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly userId: string;
    readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    readonly reason:
      | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
      | null;
    readonly closing: ('cancelled' | 'refunded') | null;
    readonly items: readonly {
      readonly productId: string;
      readonly name: string;
      readonly quantity: number;
      readonly unitPrice: {
        readonly amount: number;
        readonly currency: string;
      };
    }[];
    readonly total: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly paymentId: string | null;
    readonly declineCode: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Tells the status changes of an order as they happen. `GET /api/orders/:orderId/events` */
  watchOrder(
    input: {
      readonly orderId: string;
    },
    options?: CallOptions,
  ): AsyncGenerator<{
    readonly id: number;
    readonly orderId: string;
    readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    readonly reason:
      | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
      | null;
    readonly at: string;
  }>;

  /** Cancels an order, refunds its payment and restocks its items. `POST /api/orders/:orderId/cancel` */
  cancelOrder(
    input: {
      readonly orderId: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly userId: string;
    readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    readonly reason:
      | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
      | null;
    readonly closing: ('cancelled' | 'refunded') | null;
    readonly items: readonly {
      readonly productId: string;
      readonly name: string;
      readonly quantity: number;
      readonly unitPrice: {
        readonly amount: number;
        readonly currency: string;
      };
    }[];
    readonly total: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly paymentId: string | null;
    readonly declineCode: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;

  /** Moves an order to another status, by the state table. `PATCH /api/orders/:orderId/status` */
  updateOrderStatus(
    input: {
      readonly orderId: string;
      readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    },
    options?: CallOptions,
  ): Promise<{
    readonly id: string;
    readonly userId: string;
    readonly status: 'pending' | 'completed' | 'rejected' | 'cancelled' | 'refunded';
    readonly reason:
      | ('out_of_stock' | 'payment_declined' | 'checkout_failed' | 'cancelled' | 'refunded')
      | null;
    readonly closing: ('cancelled' | 'refunded') | null;
    readonly items: readonly {
      readonly productId: string;
      readonly name: string;
      readonly quantity: number;
      readonly unitPrice: {
        readonly amount: number;
        readonly currency: string;
      };
    }[];
    readonly total: {
      readonly amount: number;
      readonly currency: string;
    };
    readonly paymentId: string | null;
    readonly declineCode: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
  }>;
};

/** What notifications may refuse. */
export type NotificationsFailure =
  | 'unsafe_address'
  | 'unsafe_header'
  | 'phone_missing'
  | 'missing_data'
  | 'invalid_cursor'
  | 'mail_refused';

export type Notifications = {
  /** Lists what was sent to me, the newest first. `GET /api/notifications` */
  listNotifications(
    input?: {
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly id: string;
      readonly channel: 'email' | 'sms';
      readonly template:
        | 'welcome'
        | 'email_verification'
        | 'email_changing'
        | 'password_reset'
        | 'account_changed'
        | 'order_completed'
        | 'order_rejected'
        | 'order_cancelled'
        | 'order_refunded'
        | 'payment_refunded'
        | 'daily_report'
        | 'text';
      readonly subject: string;
      readonly text: string;
      readonly createdAt: string;
    }[];
    readonly nextCursor: string | null;
  }>;

  /** Shows by which ways I am told of my orders. `GET /api/notifications/preferences` */
  getPreferences(
    input?: Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<{
    readonly phone: string | null;
    readonly orders: readonly ('email' | 'sms')[];
  }>;

  /** Chooses by which ways I am told of my orders. `PUT /api/notifications/preferences` */
  setPreferences(
    input: {
      readonly phone: string | null;
      readonly orders: readonly ('email' | 'sms')[];
    },
    options?: CallOptions,
  ): Promise<{
    readonly phone: string | null;
    readonly orders: readonly ('email' | 'sms')[];
  }>;

  /** Lists every mail, the newest first. `GET /api/mailbox` */
  listMailbox(
    input?: {
      readonly to?: string;
      readonly limit?: number;
      readonly cursor?: string;
    },
    options?: CallOptions,
  ): Promise<{
    readonly items: readonly {
      readonly id: string;
      readonly channel: 'email' | 'sms';
      readonly userId: string | null;
      readonly to: string;
      readonly template:
        | 'welcome'
        | 'email_verification'
        | 'email_changing'
        | 'password_reset'
        | 'account_changed'
        | 'order_completed'
        | 'order_rejected'
        | 'order_cancelled'
        | 'order_refunded'
        | 'payment_refunded'
        | 'daily_report'
        | 'text';
      readonly subject: string;
      readonly text: string;
      readonly html: string;
      readonly messageId: string;
      readonly reference: string;
      readonly status: 'waiting' | 'delivered' | 'refused';
      readonly problem: string | null;
      readonly createdAt: string;
    }[];
    readonly nextCursor: string | null;
  }>;
};

/** What analytics may refuse. */
export type AnalyticsFailure = 'invalid_report';

export type Analytics = {
  /** Tells what a visitor did. `POST /api/analytics/events` */
  trackEvents(
    input: {
      readonly events: readonly {
        readonly id: string;
        readonly name:
          | 'session_started'
          | 'page_viewed'
          | 'product_viewed'
          | 'search_made'
          | 'cart_updated'
          | 'checkout_started';
        readonly sessionId: string;
        readonly at?: string;
        readonly productId?: string;
        readonly path?: string;
      }[];
    },
    options?: CallOptions,
  ): Promise<{
    readonly accepted: number;
  }>;

  /** Makes a report. `GET /api/analytics/reports/:type` */
  generateReport(
    input: {
      readonly type: 'sales' | 'top-products' | 'funnel' | 'customers';
      readonly from?: string;
      readonly to?: string;
      readonly interval?: 'hour' | 'day' | 'week' | 'month';
      readonly zone?: string;
      readonly limit?: number;
    },
    options?: CallOptions,
  ): Promise<{
    readonly type: 'sales' | 'top-products' | 'funnel' | 'customers';
    readonly from: string;
    readonly to: string;
    readonly interval: 'hour' | 'day' | 'week' | 'month';
    readonly zone: string;
    readonly asOf: string | null;
    readonly rebuilding: boolean;
    readonly columns: readonly string[];
    readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  }>;

  /** Makes a report as CSV. `GET /api/analytics/reports/:type/csv` */
  exportReport(
    input: {
      readonly type: 'sales' | 'top-products' | 'funnel' | 'customers';
      readonly from?: string;
      readonly to?: string;
      readonly interval?: 'hour' | 'day' | 'week' | 'month';
      readonly zone?: string;
      readonly limit?: number;
    },
    options?: CallOptions,
  ): Promise<Response>;
};

/** What demo may refuse. */
export type DemoFailure = never;

export type Demo = {
  /** Tells how much of the demo catalogue is there. `GET /api/demo` */
  showDemo(
    input?: Readonly<Record<string, never>>,
    options?: CallOptions,
  ): Promise<{
    readonly state: 'off' | 'not_empty' | 'loading' | 'loaded';
    readonly products: number;
    readonly of: number;
  }>;
};

/** What any call may be refused with. */
export type EdgeFailure =
  | 'malformed_path'
  | 'malformed_json'
  | 'malformed_form'
  | 'invalid_request'
  | 'body_incomplete'
  | 'too_large'
  | 'unsupported_media'
  | 'idempotency_key_required'
  | 'idempotency_key_invalid'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'invalid_input'
  | 'deadline_passed'
  | 'provider_unavailable'
  | 'not_asked'
  | 'stream_cut'
  | 'undeclared_call'
  | 'idempotency_key_reused'
  | 'unauthenticated'
  | 'forbidden'
  | 'too_many_requests'
  | 'internal_error';

export type ShopFailure =
  | EdgeFailure
  | UsersFailure
  | MediaFailure
  | CatalogFailure
  | InventoryFailure
  | PaymentsFailure
  | OrdersFailure
  | NotificationsFailure
  | AnalyticsFailure
  | DemoFailure;

/** Whether an error is the shop's refusal of this code: `isRefusal(error, 'out_of_stock')`. */
export function isRefusal<Code extends ShopFailure>(
  error: unknown,
  code: Code,
): error is ShopProblem<Code> {
  return hasCode(error, code);
}

/** The shop, a module a name and a call a method. Refusals are thrown as `ShopProblem`. */
export type Shop = {
  readonly users: Users;
  readonly media: Media;
  readonly catalog: Catalog;
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly orders: Orders;
  readonly notifications: Notifications;
  readonly analytics: Analytics;
  readonly demo: Demo;
  /** The tokens in use. */
  readonly session: Session;
  /** Logs in, and stays so: an access token that has run out is renewed. */
  logIn(email: string, password: string): Promise<void>;
  /** Ends the session here and in the shop. */
  logOut(): Promise<void>;
};

const routes: Readonly<Record<string, Readonly<Record<string, readonly RouteOf[]>>>> = {
  users: {
    createUser: [{ method: 'POST', path: '/api/users', kind: 'command' }],
    authenticate: [{ method: 'POST', path: '/api/auth/token', kind: 'command' }],
    refreshTokens: [{ method: 'POST', path: '/api/auth/refresh', kind: 'command' }],
    logout: [{ method: 'POST', path: '/api/auth/logout', kind: 'command' }],
    getUser: [
      { method: 'GET', path: '/api/users/:userId', kind: 'query' },
      { method: 'GET', path: '/api/users/me', kind: 'query' },
    ],
    updateUser: [{ method: 'PATCH', path: '/api/users/me', kind: 'command' }],
    changePassword: [{ method: 'POST', path: '/api/users/me/password', kind: 'command' }],
    resendEmailVerification: [
      { method: 'POST', path: '/api/users/me/email-verification', kind: 'command' },
    ],
    deleteAccount: [{ method: 'POST', path: '/api/users/me/deletion', kind: 'command' }],
    requestPasswordReset: [{ method: 'POST', path: '/api/auth/password-reset', kind: 'command' }],
    resetPassword: [{ method: 'POST', path: '/api/auth/password-reset/confirm', kind: 'command' }],
    verifyEmail: [
      { method: 'POST', path: '/api/auth/email-verification/confirm', kind: 'command' },
    ],
    deleteUser: [{ method: 'DELETE', path: '/api/users/:userId', kind: 'command' }],
    getSigningKeys: [{ method: 'GET', path: '/.well-known/jwks.json', kind: 'query' }],
    exportAccount: [
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
      { method: 'GET', path: '/api/users/me/export', kind: 'query' },
    ],
  },
  media: {
    uploadImage: [{ method: 'POST', path: '/api/media', kind: 'upload', file: 'file' }],
    listMedia: [{ method: 'GET', path: '/api/media', kind: 'query' }],
    getImage: [{ method: 'GET', path: '/api/media/:mediaId', kind: 'download' }],
    processImage: [{ method: 'POST', path: '/api/media/:mediaId/variants', kind: 'command' }],
    deleteMedia: [{ method: 'DELETE', path: '/api/media/:mediaId', kind: 'command' }],
  },
  catalog: {
    listProducts: [{ method: 'GET', path: '/api/products', kind: 'query' }],
    getProduct: [{ method: 'GET', path: '/api/products/:productId', kind: 'query' }],
    priceHistory: [{ method: 'GET', path: '/api/products/:productId/prices', kind: 'query' }],
    createProduct: [{ method: 'POST', path: '/api/products', kind: 'command' }],
    updateProduct: [{ method: 'PATCH', path: '/api/products/:productId', kind: 'command' }],
  },
  inventory: {
    getStock: [{ method: 'GET', path: '/api/inventory/:productId', kind: 'query' }],
    updateStock: [{ method: 'PUT', path: '/api/inventory/:productId', kind: 'command' }],
  },
  payments: {
    getPayment: [{ method: 'GET', path: '/api/payments/:paymentId', kind: 'query' }],
    refundPayment: [{ method: 'POST', path: '/api/payments/:paymentId/refunds', kind: 'command' }],
  },
  orders: {
    createOrder: [{ method: 'POST', path: '/api/orders', kind: 'command' }],
    listOrders: [{ method: 'GET', path: '/api/orders', kind: 'query' }],
    getOrder: [{ method: 'GET', path: '/api/orders/:orderId', kind: 'query' }],
    watchOrder: [{ method: 'GET', path: '/api/orders/:orderId/events', kind: 'stream' }],
    cancelOrder: [{ method: 'POST', path: '/api/orders/:orderId/cancel', kind: 'command' }],
    updateOrderStatus: [{ method: 'PATCH', path: '/api/orders/:orderId/status', kind: 'command' }],
  },
  notifications: {
    listNotifications: [{ method: 'GET', path: '/api/notifications', kind: 'query' }],
    getPreferences: [{ method: 'GET', path: '/api/notifications/preferences', kind: 'query' }],
    setPreferences: [{ method: 'PUT', path: '/api/notifications/preferences', kind: 'command' }],
    listMailbox: [{ method: 'GET', path: '/api/mailbox', kind: 'query' }],
  },
  analytics: {
    trackEvents: [{ method: 'POST', path: '/api/analytics/events', kind: 'command' }],
    generateReport: [{ method: 'GET', path: '/api/analytics/reports/:type', kind: 'query' }],
    exportReport: [{ method: 'GET', path: '/api/analytics/reports/:type/csv', kind: 'download' }],
  },
  demo: {
    showDemo: [{ method: 'GET', path: '/api/demo', kind: 'query' }],
  },
};

/** Opens a shop: nothing is sent before the first call. */
export function openShop(
  options: ShopOptions & { readonly onTokens?: (tokens: Tokens | undefined) => void },
): Shop {
  const session = createSession(options.onTokens);
  const send = composeSend(options, session);
  const modules = Object.entries(routes).map(([module, calls]) => {
    const methods = Object.entries(calls).map(([name, ways]) => [name, composeCall(ways, send)]);
    return [module, Object.fromEntries(methods)];
  });
  const shop = Object.fromEntries(modules) as Omit<Shop, 'session' | 'logIn' | 'logOut'>;
  return {
    ...shop,
    session,
    async logIn(email, password) {
      session.use(await shop.users.authenticate({ email, password }));
    },
    async logOut() {
      const tokens = session.tokens();
      session.use(undefined);
      if (tokens) await shop.users.logout({ refreshToken: tokens.refreshToken });
    },
  };
}
