internal import CMartletWorker
internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// From what workers have put into a slot to the answer of its request.
extension Lane {
    /// Answers the slot's request, where the worker has begun to or the server has a reason of its own.
    ///
    /// A worker that has the request cannot be stopped, and the answer is still wanted where the client has closed its half only.
    func answer(slot: Slot) {
        guard slot.isInUse, !slot.isAnswered, let exchange = slot.exchange else { return }
        let hasUpgraded = hasUpgraded(slot)
        if slot.phase == 0 && !slot.isLost && !slot.hasBrokenRules && slot.bodyRefusal == nil {
            if slot.verdict == .tookTooLong {
                slot.isAnswered = true
                abandon(slot)
                return exchange.complete(.gatewayTimeout)
            }
            guard hasUpgraded else { return }
        }
        slot.isAnswered = true
        if !slot.isLost, hasUpgraded { return exchange.complete(UpgradedSlot(slot: slot, lane: self).response) }
        if let error = slot.bodyRefusal {
            abandon(slot)
            return exchange.fail(error)
        }
        if slot.verdict == .waitedTooLong {
            release(slot)
            return exchange.complete(.overloaded)
        }
        do {
            exchange.complete(try ResponseReader(slot: slot, lane: self).response())
        } catch {
            exchange.fail(error)
        }
    }
}

extension Response {
    static let gatewayTimeout = Response.refusal(.gatewayTimeout, "The application has not answered in time.")

    static let headTooLarge = Response.refusal(
        .requestHeaderFieldsTooLarge,
        "The request head is larger than an application can be given."
    )

    static let overloaded: Response = {
        var response = Response.refusal(.serviceUnavailable, "Too many requests wait for the application.")
        response.headers[.retryAfter] = "1"
        return response
    }()
}
