//! The reducer: what happens to coupons and bundles when somebody asks.
//!
//! [`State::decide`] judges a command against the state and gives the events that follow from it, or the
//! [`Rejection`] that the platform would answer with; [`State::evolve`] writes an event down, and has no opinion.
//! [`State::apply`] does both. Everything is data: commands, events and states can be written to JSON and read back,
//! time is an argument, ids come from a serial in the state, and the same log gives the same state.
//!
//! # Example: an update, the same update again, and one with another body
//! ```
//! use kaquan_core::machine::{Answer, Command, Rejection, State};
//! use kaquan_core::{model::BundlePatch, rules, samples, time};
//!
//! let now = time::parse("2098-02-01T12:00:00+08:00").unwrap();
//! let mut state = State::default();
//! for command in samples::commands() {
//!     state.apply(now, &command)?;
//! }
//!
//! let update = |scope: &str| {
//!     let text = format!(r#"{{"out_request_no":"34657_2098","store_scope":"{scope}","brand_id":"120344"}}"#);
//!     let patch = rules::check_text::<BundlePatch>(&text).0.unwrap().into_owned();
//!     Command::update_bundle("200000001", "123456789", patch)
//! };
//! let all = update("ALL");
//! assert_eq!(state.apply(now, &all)?.len(), 1);
//! let Some(Answer::Bundle(bundle)) = state.answer(&all) else { panic!("it was done") };
//! assert!(bundle.stock_list.iter().all(|stock| stock.store_scope.as_str() == "ALL"));
//!
//! assert_eq!(state.apply(now, &all)?, []); // no event: the same request again
//! let refused = state.apply(now, &update("NONE"));
//! assert_eq!(refused, Err(Rejection::RequestReusedWithOtherContent("34657_2098".into())));
//! # Ok::<(), Rejection>(())
//! ```

mod decide;
mod evolve;
mod rejection;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    family::{AddStockBundle, BudgetChange, Coupon, Deactivation},
    lifecycle::StockMove,
    model::{BrandId, Bundle, BundlePatch, OutRequestNo, ProductCouponId, Stock, StockBundleId, StockId, StockState},
    rules::Checked,
    time::Instant,
};

pub use rejection::{Kind, REFUSALS, Refusal, Rejection, Unfit};

/// Something that is asked for. The first five have an operation of the platform; the others are the platform's own
/// hand, and the embedder's: no operation leads to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// *Add stock bundle*.
    AddBundle {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The body.
        request: Arc<AddStockBundle>,
    },
    /// *Update stock bundle*.
    UpdateBundle {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The bundle.
        bundle: StockBundleId<'static>,
        /// The body.
        patch: Arc<Checked<BundlePatch<'static>>>,
    },
    /// *Update stock bundle budget*.
    ChangeBudget {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The bundle.
        bundle: StockBundleId<'static>,
        /// The body.
        change: Arc<BudgetChange>,
    },
    /// *Deactivate stock*.
    DeactivateStock {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The stock.
        stock: StockId<'static>,
        /// The body.
        deactivation: Arc<Deactivation>,
    },
    /// *Deactivate product coupon*.
    DeactivateCoupon {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The body.
        deactivation: Arc<Deactivation>,
    },
    /// A brand authorises the service provider.
    AuthoriseBrand {
        /// The brand.
        brand: BrandId<'static>,
    },
    /// A coupon that exists is taken into the state.
    AdoptCoupon {
        /// The coupon.
        coupon: Coupon,
    },
    /// A bundle that exists is taken into the state, as the platform answered it.
    AdoptBundle {
        /// The bundle.
        bundle: Arc<Bundle>,
    },
    /// A coupon passes its review.
    ApproveCoupon {
        /// The coupon.
        coupon: ProductCouponId<'static>,
    },
    /// A stock is approved, paused, resumed, or reaches its end.
    MoveStock {
        /// The bundle.
        bundle: StockBundleId<'static>,
        /// The stock.
        stock: StockId<'static>,
        /// What happens.
        by: StockMove,
    },
    /// So many users get the coupons of a bundle.
    SendCoupons {
        /// The bundle.
        bundle: StockBundleId<'static>,
        /// How many users.
        count: i64,
    },
    /// A new day begins: counts of today are 0 again.
    StartDay,
    /// Records of requests before this time are forgotten; their numbers can be used again.
    ForgetRequests {
        /// The time.
        before: Instant,
    },
}

impl Command {
    /// *Update stock bundle* with a checked patch.
    #[must_use]
    pub fn update_bundle(coupon: &str, bundle: &str, patch: Checked<BundlePatch<'static>>) -> Self {
        Self::UpdateBundle {
            coupon: ProductCouponId::from(coupon).into_owned(),
            bundle: StockBundleId::from(bundle).into_owned(),
            patch: Arc::new(patch),
        }
    }

    /// The brand and the request number, for commands that have an operation.
    #[must_use]
    pub fn request(&self) -> Option<(&BrandId<'static>, &OutRequestNo<'static>)> {
        match self {
            Self::AddBundle { request, .. } => Some((&request.brand_id, &request.out_request_no)),
            Self::UpdateBundle { patch, .. } => {
                let patch = patch.document();
                Some((&patch.brand_id, &patch.out_request_no))
            }
            Self::ChangeBudget { change, .. } => Some((&change.brand_id, &change.out_request_no)),
            Self::DeactivateStock { deactivation, .. } | Self::DeactivateCoupon { deactivation, .. } => {
                Some((&deactivation.brand_id, &deactivation.out_request_no))
            }
            _ => None,
        }
    }
}

/// Something that happened. Events say all that is needed to write them down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A bundle was made.
    BundleAdded {
        /// When.
        at: Instant,
        /// Of which coupon.
        coupon: ProductCouponId<'static>,
        /// Its id.
        bundle: StockBundleId<'static>,
        /// Serial of the state afterwards.
        serial: u64,
        /// The body of the request.
        request: Arc<AddStockBundle>,
    },
    /// Every stock of a bundle was updated.
    BundleUpdated {
        /// When.
        at: Instant,
        /// Of which coupon.
        coupon: ProductCouponId<'static>,
        /// Which bundle.
        bundle: StockBundleId<'static>,
        /// The body of the request.
        patch: Arc<Checked<BundlePatch<'static>>>,
    },
    /// The budget of every stock of a bundle was changed.
    BudgetChanged {
        /// When.
        at: Instant,
        /// Of which coupon.
        coupon: ProductCouponId<'static>,
        /// Which bundle.
        bundle: StockBundleId<'static>,
        /// The body of the request.
        change: Arc<BudgetChange>,
    },
    /// A stock was deactivated.
    StockDeactivated {
        /// When.
        at: Instant,
        /// Of which coupon.
        coupon: ProductCouponId<'static>,
        /// Of which bundle.
        bundle: StockBundleId<'static>,
        /// Which stock.
        stock: StockId<'static>,
        /// The body of the request.
        deactivation: Arc<Deactivation>,
    },
    /// A coupon was deactivated, and every stock that was not over.
    CouponDeactivated {
        /// When.
        at: Instant,
        /// Which coupon.
        coupon: ProductCouponId<'static>,
        /// The body of the request.
        deactivation: Arc<Deactivation>,
    },
    /// A brand authorised the service provider.
    BrandAuthorised {
        /// The brand.
        brand: BrandId<'static>,
    },
    /// A coupon was taken into the state.
    CouponAdopted {
        /// The coupon.
        coupon: Coupon,
    },
    /// A bundle was taken into the state.
    BundleAdopted {
        /// The bundle.
        bundle: Arc<Bundle>,
    },
    /// A coupon passed its review.
    CouponApproved {
        /// The coupon.
        coupon: ProductCouponId<'static>,
    },
    /// A stock moved.
    StockMoved {
        /// Of which bundle.
        bundle: StockBundleId<'static>,
        /// Which stock.
        stock: StockId<'static>,
        /// Its state afterwards.
        to: StockState,
    },
    /// Coupons of a bundle were sent, one of every stock to each user.
    CouponsSent {
        /// Which bundle.
        bundle: StockBundleId<'static>,
        /// How many users.
        count: i64,
    },
    /// A new day began.
    DayStarted,
    /// Records of requests were forgotten.
    RequestsForgotten {
        /// Those before this time.
        before: Instant,
    },
}

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The bundle.
    Bundle(Arc<Bundle>),
    /// The stock.
    Stock(Arc<Stock>),
    /// The coupon.
    Coupon(Arc<Coupon>),
}

/// A request that was done: sent again, it is answered from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    at: Instant,
    command: Command,
    answer: Answer,
}

/// Everything that is known: brands, coupons, bundles, and the requests that were done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    brands: BTreeSet<BrandId<'static>>,
    coupons: BTreeMap<ProductCouponId<'static>, Coupon>,
    bundles: BTreeMap<StockBundleId<'static>, Arc<Bundle>>,
    requests: BTreeMap<BrandId<'static>, BTreeMap<OutRequestNo<'static>, Record>>,
    serial: u64,
}

impl State {
    /// Decides, and writes down what follows.
    ///
    /// # Errors
    /// The [`Rejection`] of [`decide`](Self::decide); nothing has changed then.
    pub fn apply(&mut self, now: Instant, command: &Command) -> Result<Vec<Event>, Rejection> {
        let events = self.decide(now, command)?;
        for event in &events {
            self.evolve(event);
        }
        Ok(events)
    }

    /// What a command was answered with, if it was done and is not forgotten.
    #[must_use]
    pub fn answer(&self, command: &Command) -> Option<&Answer> {
        let record = self.record(command)?;
        (record.command == *command).then_some(&record.answer)
    }

    fn record(&self, command: &Command) -> Option<&Record> {
        let (brand, number) = command.request()?;
        self.requests.get(brand.as_str())?.get(number.as_str())
    }

    /// The coupons, by id.
    pub fn coupons(&self) -> impl Iterator<Item = &Coupon> {
        self.coupons.values()
    }

    /// The bundles, by id.
    pub fn bundles(&self) -> impl Iterator<Item = &Arc<Bundle>> {
        self.bundles.values()
    }

    /// A coupon.
    #[must_use]
    pub fn coupon(&self, id: &str) -> Option<&Coupon> {
        self.coupons.get(id)
    }

    /// A bundle.
    #[must_use]
    pub fn bundle(&self, id: &str) -> Option<&Arc<Bundle>> {
        self.bundles.get(id)
    }

    /// Has the brand authorised the service provider?
    #[must_use]
    pub fn is_authorised(&self, brand: &str) -> bool {
        self.brands.contains(brand)
    }

    /// How many requests are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.requests.values().map(BTreeMap::len).sum()
    }

    /// The bundles of a coupon.
    pub fn bundles_of<'s>(&'s self, coupon: &'s str) -> impl Iterator<Item = &'s Arc<Bundle>> {
        self.bundles().filter(move |bundle| bundle.belongs_to(coupon))
    }
}

impl Bundle {
    /// Are its stocks this coupon's?
    #[must_use]
    pub fn belongs_to(&self, coupon: &str) -> bool {
        self.stock_list.first().is_some_and(|stock| stock.product_coupon_id.as_str() == coupon)
    }
}
