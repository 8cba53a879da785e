namespace Farback.Gradients;

/// <summary>The two roles of one block of weights: predict now (k = t) and carry forward (k &lt; t).</summary>
/// <param name="Block">The block's name, as in the parameters.</param>
/// <param name="Now">The signed share of g₁ = Σ_t G[t,t] in the block's gradient.</param>
/// <param name="Carry">The signed share of g₂ = Σ_{k≠t} G[t,k]; with <paramref name="Now"/> it makes 1.</param>
/// <param name="Cosine">cos(g₁, g₂): negative where the roles pull the same weights apart; null where a role is zero.</param>
public sealed record Roles(string Block, double? Now, double? Carry, double? Cosine);

/// <summary>The signed share of the whole update that comes from one lag: S(ℓ) = Σ_t s[t,t−ℓ].</summary>
/// <param name="Lag">ℓ = t − k; 0 is role one.</param>
/// <param name="Share">Signed; all lags and the blocks without a lag together make 1.</param>
public sealed record LagShare(int Lag, double Share);
