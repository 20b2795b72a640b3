//! `kaquan lifecycle`.

use std::io::{self, Write as _};

use kaquan_core::diagram;

use crate::{
    DONE,
    args::{Lifecycle, LifecycleFormat},
};

pub(crate) fn run(options: &Lifecycle) -> io::Result<u8> {
    let text = match options.format {
        LifecycleFormat::Table => tables(),
        LifecycleFormat::Mermaid => diagram::mermaid(),
        LifecycleFormat::Dot => diagram::dot(),
        LifecycleFormat::Svg => diagram::svg(&[]),
        LifecycleFormat::Markdown => page(),
    };
    write!(io::stdout(), "{text}")?;
    Ok(DONE)
}

fn tables() -> String {
    format!("{}\n{}\n{}", diagram::table(), diagram::operations(), diagram::refusals())
}

/// `docs/LIFECYCLE.md` is this text.
fn page() -> String {
    format!(
        "# Lifecycle

<!-- Written by `kaquan lifecycle --format markdown`; `UPDATE=1 cargo test` renews it. -->

A bundle has no state of its own: it is the list of its stocks. STOPPED and DEACTIVATED are terminal, and a new stock is
needed after them. Pausing and resuming are the brand's, on its own platform; no operation does it.

![The lifecycle of a stock](lifecycle.svg)

```mermaid
{}```

## Which state follows

{}
## How anybody knows

Documents are named by their number under <https://pay.weixin.qq.com/doc/v3/partner/>; the trouble-shooting manual is the one
of wechatpay-apiv3/wechatpay-skills@15f40d0.

{}
## Operations by state

For a bundle whose stocks are all in the state, before their end; asked of the reducer itself. An update in AUDITING is let
through by the wording of its page, and refused by the page of its single-stock twin: a plan says so as a caution.

{}
## Refusals in order

A request that breaks several of these is answered with the first. Where the certainty is *inferred*, the fact is documented
and the code is deduced by elimination from the page's table.

{}",
        diagram::mermaid(),
        diagram::table(),
        diagram::evidence(),
        diagram::operations(),
        diagram::refusals(),
    )
}
