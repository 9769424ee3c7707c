// Whoever writes a converter of their own names one of the patterns'.
@_exported public import MartletRoutePatterns
