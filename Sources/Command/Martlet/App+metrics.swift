public import MartletFramework
internal import MartletMonitoring

extension App {
    /// Has what this program counts with swift-metrics shown with the server's own metrics (`--metrics ADDRESS`).
    ///
    /// ``run(arguments:)`` does that when there is such an address. A metric that was made before counts nothing, so a program
    /// that makes some earlier, such as in a global variable, calls this first. It does nothing where the program has bootstrapped
    /// swift-metrics itself.
    public static func collectMetrics() { MetricsRegistry.bootstrap() }
}
