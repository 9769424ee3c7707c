import NIOCore

/// How long a client is waited for. None is shorter than its limit, although the time of the last tick may be one tick old.
struct ClientWaits {
    let head: TimeAmount
    let idle: TimeAmount
    let linger: TimeAmount
    let silence: TimeAmount

    init(_ limits: Limits, tick: TimeAmount) {
        head = TimeAmount(limits.headTimeout) + tick
        idle = TimeAmount(limits.idleTimeout) + tick
        linger = TimeAmount(limits.lingerTimeout) + tick
        silence = TimeAmount(limits.lingerSilence) + tick
    }
}
