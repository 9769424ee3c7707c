/// What a program says when it serves: the addresses last, so that whoever waits for one has seen the rest.
struct RunBanner {
    let routes: Int
    let urls: [String]

    var text: String {
        "Martlet serves \(routes) route\(routes == 1 ? "" : "s"). Stop with Ctrl-C.\n"
            + urls.map { "  Listening  \($0)\n" }.joined()
    }
}
