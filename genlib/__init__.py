"""Small pieces behind the lecture notebooks; they meet in the notebooks, not in each other.

Shapes: B images in a batch, D pixels in raster order, C channels, H height, W width, Z latent
dimensions, K mixture components or importance samples, T tokens.
Images are float32 in [0, 1]: (B, C, H, W), or (B, D) where a model reads pixel after pixel.
Log-probabilities are in nats, one per image: (B,). Means are taken only where a loss is made.
"""
