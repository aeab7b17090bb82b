"""Networks: how entities hang together by what reports say of them."""
